import GRDB
public import SIPAuth
import SIPCore

// What a daemon that holds accounts in memory asks for: triggers note each change in table `account_change`.
extension SQLiteSubscribers: ChangeReportingSubscribers {
    public func changes(since revision: Int64?) async throws -> AccountChanges? {
        try await database.read("look for changed accounts") { db in
            let last = try Int64.fetchOne(
                try db.cachedStatement(sql: "SELECT max(number) FROM account_change"))
            let current = last ?? 0
            guard let revision, revision <= current else {
                return AccountChanges(revision: current, names: nil)
            }
            guard revision < current else { return AccountChanges(revision: current, names: []) }
            let statement = try db.cachedStatement(
                sql: """
                    SELECT number, username, domain FROM account_change
                    WHERE number > ? AND number <= ? ORDER BY number
                    """)
            let rows = try Row.fetchAll(statement, arguments: [revision, current])
            // The oldest are given up: with a gap, any account may have changed.
            guard rows.first?[0] == revision + 1 else {
                return AccountChanges(revision: current, names: nil)
            }
            return AccountChanges(
                revision: current,
                names: try rows.map { (try $0.bytes(1) ?? "", try $0.bytes(2) ?? "") })
        }
    }

    public func load(
        limit: Int, _ page: @escaping @Sendable ([Subscriber]) -> Void
    ) async throws {
        try await database.readLong("load the accounts") { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT username, domain, password, ha1, ha1b, ha1_sha256, ha1_sha512t256
                    FROM subscriber LIMIT ?
                    """,
                arguments: [limit])
            var subscribers: [Subscriber] = []
            while let row = try rows.next() {
                subscribers.append(try Self.subscriber(row))
                guard subscribers.count == 1000 else { continue }
                page(subscribers)
                subscribers.removeAll(keepingCapacity: true)
            }
            page(subscribers)
        }
    }
}
