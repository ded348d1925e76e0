import GRDB
public import SIPCore
public import SIPLocation

/// The bindings in a file: table `location`.
public struct SQLiteBindings: BindingStore {
    private let database: SQLiteDatabase

    public init(_ database: SQLiteDatabase) { self.database = database }

    public func load(_ receive: @escaping @Sendable ([Binding]) -> Void) async throws {
        try await database.readLong("read the bindings") { db in
            let statement = try db.makeStatement(sql: "SELECT \(BindingRow.columns) FROM location")
            let rows = try Row.fetchCursor(statement)
            var page: [Binding] = []
            while let row = try rows.next() {
                if let binding = try BindingRow.binding(row) { page.append(binding) }
                guard page.count >= 1000 else { continue }
                receive(page)
                page.removeAll(keepingCapacity: true)
            }
            receive(page)
        }
    }

    public func apply(_ changes: [BindingChange]) async throws {
        try await database.write("store the bindings") { db in
            let put = try db.cachedStatement(sql: BindingRow.upsert)
            let remove = try db.cachedStatement(sql: "DELETE FROM location WHERE ruid = ?")
            for change in changes {
                switch change {
                case .put(let binding):
                    try put.execute(arguments: BindingRow.arguments(binding))
                case .remove(let ruid, _):
                    try remove.execute(arguments: [ruid.databaseValue])
                }
            }
        }
    }

    public func expire(at now: UnixTime) async throws -> Int {
        var total = 0
        while true {
            // In portions, so that a REGISTER never waits for thousands of deletions.
            let count = try await database.write("remove expired bindings") { db in
                let statement = try db.cachedStatement(
                    sql: """
                        DELETE FROM location WHERE id IN (
                            SELECT id FROM location WHERE expires BETWEEN 1 AND ? LIMIT 1000)
                        """)
                try statement.execute(arguments: [now.seconds])
                return db.changesCount
            }
            total += count
            guard count > 0 else { return total }
        }
    }

    /// The live bindings in the file, of one address or of all, by name. For commands that work without a running
    /// service.
    ///
    /// - Throws: `StoreError`.
    public func list(_ address: AddressOfRecord? = nil, at now: UnixTime) async throws -> [Binding]
    {
        try await database.readLong("list the bindings") { db in
            var sql =
                "SELECT \(BindingRow.columns) FROM location WHERE (expires = 0 OR expires > ?)"
            var arguments: StatementArguments = [now.seconds]
            if let address {
                sql += " AND username = ? AND domain = ?"
                arguments += [address.user.databaseValue, address.host.databaseValue]
            }
            sql += " ORDER BY domain, username, last_modified DESC"
            let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
            var bindings: [Binding] = []
            while let row = try rows.next() {
                if let binding = try BindingRow.binding(row) { bindings.append(binding) }
            }
            return bindings
        }
    }

    /// Removes all bindings of an address, permanent ones too.
    ///
    /// - Returns: how many there were.
    /// - Throws: `StoreError`.
    public func remove(_ address: AddressOfRecord) async throws -> Int {
        try await database.write("remove the bindings") { db in
            try db.execute(
                sql: "DELETE FROM location WHERE username = ? AND domain = ?",
                arguments: [address.user.databaseValue, address.host.databaseValue])
            return db.changesCount
        }
    }
}
