import MariaDBServer
import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import TestPrograms
import Testing

@Suite("Changes of accounts on a server", .onOwnDatabaseThread)
struct AccountChangesTests {
    private let test: TestDatabase
    private let subscribers: MariaDBSubscribers

    init() async throws {
        test = try DatabaseServer.shared.makeDatabase()
        subscribers = MariaDBSubscribers(try await test.create())
        for name in ["alice", "bob"] {
            try await subscribers.add(
                .init(username: name, domain: "voice.test", password: "secret of \(name)"))
        }
    }

    /// The accounts' sum now: asked as if for the first time, it is never too early.
    private func revision() async throws -> Int64 {
        let changes = try #require(try await subscribers.changes(since: nil))
        #expect(changes.names == nil)
        return changes.revision
    }

    @Test(
        "whatever changes of what is read of an account, the sum of them changes, and changed back it is as before",
        arguments: [
            ("UPDATE subscriber SET ha1 = MD5('x') WHERE username = 'bob'", nil),
            ("UPDATE subscriber SET password = 'x' WHERE username = 'bob'", nil),
            ("DELETE FROM subscriber WHERE username = 'alice'", nil),
            ("TRUNCATE subscriber", nil),
            ("UPDATE subscriber SET domain = 'other.test'", nil),
            ("INSERT INTO subscriber (username, domain) VALUES ('carol', 'voice.test')", nil),
            (
                "UPDATE subscriber SET username = 'bib' WHERE username = 'bob'",
                "UPDATE subscriber SET username = 'bob' WHERE username = 'bib'"
            ),
        ])
    func sums(change: String, back: String?) async throws {
        let before = try await revision()
        #expect(try await revision() == before)
        try test.query(change)
        #expect(try await revision() != before)
        guard let back else { return }
        try test.query(back)
        #expect(try await revision() == before)
    }

    @Test("two accounts that swap what they have are two that changed")
    func swap() async throws {
        try test.query(
            "UPDATE subscriber SET username = CONCAT('user', id), ha1 = MD5(id), ha1b = '', password = ''"
        )
        let before = try await revision()
        try test.query("UPDATE subscriber a, subscriber b SET a.ha1 = b.ha1 WHERE a.id + b.id = 3")
        #expect(try await revision() != before)
    }

    @Test("a server is asked no more often than is good for it, unless nothing is known yet")
    func pace() async throws {
        let pace = SummaryPace()
        #expect(pace.begins(isFirst: false))
        pace.ended(after: .seconds(60))
        #expect(!pace.begins(isFirst: false))
        #expect(pace.begins(isFirst: true))
        pace.giveUp()
        #expect(!pace.begins(isFirst: true))
        pace.ended(after: .zero)
        #expect(pace.begins(isFirst: false))
    }

    @Test(
        "accounts in memory are those of the table, without a question for each",
        arguments: ["", "ser-0.9", "opensips-4.0"])
    func cached(fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        if fixture.isEmpty {
            _ = try await database.createSchema()
        } else {
            try test.load(fixture)
            try test.query("DELETE FROM subscriber")
        }
        let subscribers = MariaDBSubscribers(database)
        func add(_ names: Range<Int>) async throws {
            for index in names {
                try await subscribers.add(
                    .init(username: "user\(index)", domain: "voice.test", password: "pw\(index)"))
            }
        }
        try await add(0..<20)
        let time = Mutex(Instant.zero)
        let cache = CachedSubscribers(subscribers) { time.withLock { $0 } }
        func secret(_ name: String) async throws -> Secret? {
            try await cache.subscriber(ByteSlice(name), domain: "voice.test", freshness: .cached)?
                .secret
        }
        try await cache.refresh()
        #expect(cache.count == 20)
        for index in 0..<20 { #expect(try await secret("user\(index)") != nil) }
        #expect(subscribers.statements == 0)

        try await add(20..<21)
        try test.query("DELETE FROM subscriber WHERE username = 'user3'")
        // Until the server wants to be asked again.
        while cache.count == 20, try await secret("user3") != nil { try await cache.refresh() }
        #expect(try await secret("user3") == nil)
        #expect(try await secret("user20") != nil)
    }
}
