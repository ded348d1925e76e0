public import SIPAuth
import SIPCore
import SIPLocation
import Synchronization

// What a daemon that holds accounts in memory asks for. The field's tables note no changes, and what servers note of a
// table's last change misses some (TRUNCATE, transactions that take long): so the server sums up what stands in it.
extension MariaDBSubscribers: ChangeReportingSubscribers {
    /// Whether something has changed; which accounts it was a server can't tell.
    ///
    /// Asked more often than is good for the server it answers nil, as it does when the table is too large for this.
    public func changes(since revision: Int64?) async throws -> AccountChanges? {
        guard pace.begins(isFirst: revision == nil) else { return nil }
        let (name, settings, pace) = (table, database.settings, pace)
        return try await database.tables.run("look for changed accounts") { connection in
            let layout = try AccountLayout(connection.table(name), settings)
            let begin = ContinuousClock.now
            var current: Int64 = 0
            do {
                try connection.query(layout.summary(connection)) { row in
                    for index in 0..<3 {
                        let part = row.integer(index) ?? 0
                        current = (current &* 1_000_003) ^ part
                    }
                }
            } catch let error as ServerError where error.isTooSlow {
                pace.giveUp()
                return nil
            }
            pace.ended(after: ContinuousClock.now - begin)
            return AccountChanges(revision: current, names: current == revision ? [] : nil)
        }
    }

    public func load(
        limit: Int, _ page: @escaping @Sendable ([Subscriber]) -> Void
    ) async throws {
        let (name, settings) = (table, database.settings)
        // Pages may come twice when the connection breaks in between: the later one is as right.
        try await database.tables.run("load the accounts") { connection in
            let layout = try AccountLayout(connection.table(name), settings)
            var subscribers: [Subscriber] = []
            try connection.query(layout.all, [.integer(Int64(limit))]) { row in
                let question = AccountQuestion(
                    username: row.bytes(0) ?? "",
                    domain: ByteSlice((row.bytes(1) ?? "").map(\.lowercased)))
                guard let subscriber = layout.subscriber(row, for: question) else { return }
                subscribers.append(subscriber)
                guard subscribers.count == settings.pageSize else { return }
                page(subscribers)
                subscribers = []
            }
            page(subscribers)
        }
    }
}

/// How often a server is asked to sum up its accounts: so that it spends no more than a five-hundredth of its time on it.
package final class SummaryPace: Sendable {
    package init() {}

    private struct State {
        var next = ContinuousClock.now
        var isTooLarge = false
    }

    private let state = Mutex(State())

    /// Whether it is time.
    ///
    /// - Parameter isFirst: nothing is in memory yet, or all of it was forgotten.
    package func begins(isFirst: Bool) -> Bool {
        state.withLock { isFirst && !$0.isTooLarge || ContinuousClock.now >= $0.next }
    }

    package func ended(after duration: Duration) {
        state.withLock { $0 = State(next: .now + duration * 500) }
    }

    /// Not before an hour has passed.
    package func giveUp() {
        state.withLock { $0 = State(next: .now + .seconds(3600), isTooLarge: true) }
    }
}

extension AccountLayout {
    /// The query for the number of accounts and two sums of what this program reads of them. The second weighs each by its
    /// name, so that it differs when two accounts swap a value.
    fileprivate func summary(_ connection: Connection) -> String {
        func text(_ names: some Sequence<String>) -> String {
            let values = names.map { "COALESCE(\($0.quotedName), '')" }
            return "CONCAT(\(values.joined(separator: ", 0x00, ")))"
        }
        let all = "CRC32(\(text(selected)))"
        let name = "CRC32(\(text(selected.prefix(2))))"
        // Each server has its own words for "no longer than a second".
        let limit = connection.isMariaDB ? "SET STATEMENT max_statement_time = 1 FOR " : ""
        let hint = connection.isMariaDB ? "" : "/*+ MAX_EXECUTION_TIME(1000) */ "
        return """
            \(limit)SELECT \(hint)COUNT(*), SUM(\(all)) % \(Int64.max), \
            SUM(\(all) * (1 + \(name) % 1021)) % \(Int64.max) FROM \(table.quoted)
            """
    }

    /// The query for all accounts, as many as are wanted.
    fileprivate var all: String {
        let list = selected.map(\.quotedName).joined(separator: ", ")
        return "SELECT \(list) FROM \(table.quoted) LIMIT ?"
    }
}
