import Foundation
import SIPLocation

extension DatabaseURL.Password {
    /// The password itself, as it is now.
    ///
    /// - Throws: ``StoreError`` of kind `unusable` when the file can't be read, or the variable is not set.
    func resolve() throws(StoreError) -> String {
        switch self {
        case .none:
            return ""
        case .text(let password):
            return password
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw StoreError(.unusable, "\(path): can't read the database's password")
            }
            let line = data.prefix { $0 != 0x0A && $0 != 0x0D }
            guard let text = String(validating: line, as: UTF8.self), !text.isEmpty else {
                throw StoreError(.unusable, "\(path): the first line is no password")
            }
            return text
        case .environment(let name):
            guard let password = ProcessInfo.processInfo.environment[name] else {
                throw StoreError(.unusable, "the environment variable \(name) is not set")
            }
            return password
        }
    }
}
