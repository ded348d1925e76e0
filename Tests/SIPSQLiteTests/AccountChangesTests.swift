import GRDB
import SIPAuth
import SIPCore
import SIPSQLite
import Synchronization
import Testing

@Suite("Changes of accounts in a file")
struct AccountChangesTests {
    typealias Account = NewAccount

    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let subscribers: SQLiteSubscribers

    init() throws {
        folder = try TemporaryFolder()
        database = try folder.open()
        subscribers = SQLiteSubscribers(database)
    }

    private func account(_ name: String) -> Account {
        Account(username: name, domain: "voice.example", password: "secret of \(name)")
    }

    private func answer(since revision: Int64?) async throws -> AccountChanges {
        try #require(try await subscribers.changes(since: revision))
    }

    private func changed(since revision: Int64) async throws -> [String]? {
        try await answer(since: revision).names?
            .map { "\($0.username)@\($0.domain)" }
    }

    @Test("who asks for the first time is told that any account may have changed")
    func first() async throws {
        #expect(try await answer(since: nil).names == nil)
    }

    @Test("each addition, change and removal is told by name, once")
    func changes() async throws {
        let start = try await answer(since: nil).revision
        #expect(try await changed(since: start) == [])
        try await subscribers.add(account("alice"))
        try await subscribers.add(account("bob"))
        #expect(try await changed(since: start) == ["alice@voice.example", "bob@voice.example"])
        let next = try await answer(since: start).revision
        #expect(try await subscribers.setPassword(account("alice")))
        #expect(try await subscribers.remove(username: "bob", domain: "voice.example"))
        let names = try #require(try await changed(since: next))
        #expect(Set(names) == ["alice@voice.example", "bob@voice.example"])
    }

    @Test("an account that another program renames is told by both its names")
    func rename() async throws {
        try await subscribers.add(account("alice"))
        let start = try await answer(since: nil).revision
        try await database.pool.write { db in
            try db.execute(sql: "UPDATE subscriber SET username = 'carol'")
        }
        #expect(try await changed(since: start) == ["alice@voice.example", "carol@voice.example"])
    }

    @Test("after more changes than are kept, any account may have changed")
    func many() async throws {
        let start = try await answer(since: nil).revision
        try await subscribers.importAll((0..<5000).lazy.map { account("user\($0)") })
        #expect(try await changed(since: start)?.count == 5000)
        try await subscribers.add(account("alice"))
        #expect(try await changed(since: start) == nil)
        #expect(try await changed(since: start + 1)?.count == 5000)
        let kept = try database.row("SELECT count(*) FROM account_change")
        #expect(kept == ["5000"])
    }

    @Test("a file that was replaced by an older one is read anew")
    func older() async throws {
        try await subscribers.add(account("alice"))
        let revision = try await answer(since: nil).revision
        #expect(try await changed(since: revision + 1) == nil)
    }

    @Test("all accounts are handed out in pages, as many as are asked for")
    func load() async throws {
        try await subscribers.importAll((0..<2500).lazy.map { account("user\($0)") })
        let pages = Mutex<[[Subscriber]]>([])
        try await subscribers.load(limit: 2200) { page in pages.withLock { $0.append(page) } }
        let sizes = pages.withLock { $0.map(\.count) }
        #expect(sizes == [1000, 1000, 200])
        let all = pages.withLock { Array($0.joined()) }
        #expect(Set(all.map(\.username)).count == 2200)
        for subscriber in all {
            guard case .password("secret of \(subscriber.username)") = subscriber.secret else {
                Issue.record("another's secret: \(subscriber)")
                return
            }
        }
    }
}
