import GRDB
import SIPProxy

/// The office's own table: who works here, at which extension, with which password, and who may call outside.
struct Staff: Subscribers {
    private let database: DatabaseQueue

    /// - Parameter path: the file; it is made when there is none.
    init(path: String) throws {
        database = try DatabaseQueue(path: path)
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS staff (
                        name TEXT PRIMARY KEY, extension TEXT UNIQUE NOT NULL,
                        password TEXT NOT NULL, outside BOOLEAN NOT NULL DEFAULT FALSE)
                    """)
        }
    }

    func hire(_ name: String, extension number: String, password: String, outside: Bool = false)
        async throws
    {
        try await database.write { database in
            try database.execute(
                sql: "INSERT INTO staff VALUES (?, ?, ?, ?)",
                arguments: [name, number, password, outside])
        }
    }

    /// What the digest is checked with: the library asks for it.
    func subscriber(
        _ username: ByteSlice, domain: ByteSlice, freshness: Freshness
    ) async throws -> Subscriber? {
        let name = String(username)
        return try await ask("SELECT password FROM staff WHERE name = ?", name).map {
            Subscriber(username: name, domain: "office.example", secret: .password($0))
        }
    }

    func name(at number: ByteSlice) async throws -> String? {
        try await ask("SELECT name FROM staff WHERE extension = ?", String(number))
    }

    func mayCallOutside(_ name: ByteSlice) async throws -> Bool {
        try await ask("SELECT name FROM staff WHERE name = ? AND outside", String(name)) != nil
    }

    private func ask(_ sql: String, _ argument: String) async throws -> String? {
        try await database.read { try String.fetchOne($0, sql: sql, arguments: [argument]) }
    }
}
