import Foundation
import MariaDBServer

extension TestDatabase {
    /// Executes a file of the fixtures.
    func load(_ fixture: String) throws {
        let url = Bundle.module.url(
            forResource: fixture, withExtension: "sql", subdirectory: "Fixtures")
        guard let url else { throw Failure("no fixture \(fixture)") }
        try query(String(contentsOf: url, encoding: .utf8))
    }
}
