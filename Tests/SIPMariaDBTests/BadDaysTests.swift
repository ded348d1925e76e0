import Foundation
import MariaDBServer
import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import TestPrograms
import Testing

/// On a server of their own, one after the other, since it is ill-treated.
@Suite("Bad days of the database", .serialized, .onOwnDatabaseThread)
struct BadDaysTests {
    static let noon = BindingsTests.noon
    private static let sick = DatabaseServer.start()
    private let server = BadDaysTests.sick
    private let test: TestDatabase

    init() throws {
        try server.recover()
        test = try server.makeDatabase()
    }

    private func open(hosts: [DatabaseURL.Host]? = nil, timeout: Int = 1) -> MariaDBDatabase {
        var url = test.url
        url.timeout = timeout
        url.connectTimeout = 1
        if let hosts { url.hosts = hosts }
        return MariaDBDatabase(url)
    }

    private func put(_ store: MariaDBBindings, _ ruid: ByteSlice) async throws {
        try await store.apply([.put(try #require(Binding(BindingsTests.fields(ruid))))])
    }

    private func failure(_ body: () async throws -> Void) async -> StoreError? {
        do { try await body() } catch { return error as? StoreError }
        return nil
    }

    /// Until it works again: an outage is remembered for a second.
    private func eventually(_ body: () async throws -> Void) async throws {
        for _ in 0..<100 {
            do { return try await body() } catch is StoreError {}
            // The outage ends in another process and by the real clock of the database's threads: only asking tells.
            try await Task.sleep(for: .milliseconds(50))
        }
        try await body()
    }

    @Test(
        "down at the start: an error at once, or waiting until it is there; then down and up again")
    func down() async throws {
        let setup = test.open()
        _ = try await setup.createSchema()
        server.stop()
        let database = open()
        let store = MariaDBBindings(database)
        let error = await failure { try await put(store, "1") }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("can't connect to") == true)
        await #expect(throws: StoreError.self) { try await database.prepare([.bindings]) }

        let waiting = Task { try await database.prepare([.bindings], patience: nil) }
        try server.launch()
        try await waiting.value
        try await put(store, "1")

        server.kill()
        #expect(await failure { try await put(store, "2") }?.kind == .unavailable)
        try server.launch()
        try await eventually { try await put(store, "2") }
        #expect(try await BindingsTests.load(store).count == 2)
    }

    @Test("a restart between two statements is not noticed")
    func restart() async throws {
        _ = try await test.open().createSchema()
        let database = open()
        let store = MariaDBBindings(database)
        let accounts = MariaDBSubscribers(database)
        for round in 1...2 {
            try await put(store, ByteSlice("\(round)"))
            _ = try await accounts.subscriber("alice", domain: "x", freshness: .fresh)
            _ = try await BindingsTests.load(store)
            server.stop()
            try server.launch()
        }
        try await put(store, "3")
        #expect(try await BindingsTests.load(store).count == 3)
        #expect(try await accounts.subscriber("alice", domain: "x", freshness: .fresh) == nil)
    }

    @Test(
        "a connection that the server closed for being idle is made again, even for what is not repeatable"
    )
    func idle() async throws {
        _ = try await test.open().createSchema()
        try server.query("SET GLOBAL wait_timeout = 1")
        let database = open()
        let accounts = MariaDBSubscribers(database)
        try await accounts.add(
            .init(username: "a", domain: "x", password: "p"))
        let store = MariaDBBindings(database)
        // Until the server has closed its end, after its own second: only asking it tells.
        let end = ContinuousClock.now + .seconds(60)
        while try server.query(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '\(test.name)'")
            != "0\n"
        {
            try #require(ContinuousClock.now < end, "the server closes no idle connection")
            try await Task.sleep(for: .milliseconds(50))
        }
        try await accounts.add(
            .init(username: "b", domain: "x", password: "p"))
        try await put(store, "1")
        #expect(try await accounts.count() == 2)
    }

    @Test("a server that hangs costs each caller its deadline, and no more; then all is well again")
    func hangs() async throws {
        _ = try await test.open().createSchema()
        let database = open()
        let store = MariaDBBindings(database)
        let accounts = MariaDBSubscribers(database)
        try await put(store, "1")
        _ = try await accounts.subscriber("alice", domain: "x", freshness: .fresh)
        server.freeze()
        let begin = ContinuousClock.now
        let kinds = try await withThrowingTaskGroup(of: StoreError.Kind?.self) { group in
            for index in 0..<50 {
                group.addTask {
                    await failure { try await put(store, ByteSlice("w\(index)")) }?.kind
                }
                group.addTask {
                    await failure {
                        _ = try await accounts.subscriber(
                            ByteSlice("u\(index)"), domain: "x", freshness: .fresh)
                    }?.kind
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.count == 100)
        #expect(Set(kinds) == [.unavailable])
        // One timeout and perhaps a connect's, not fifty; with time for a slow machine.
        #expect(ContinuousClock.now - begin < .seconds(30))
        server.thaw()
        try await eventually { try await put(store, "2") }
        _ = try await accounts.subscriber("alice", domain: "x", freshness: .fresh)
    }

    @Test("a full queue refuses at once")
    func full() async throws {
        var settings = MariaDBSettings()
        settings.maximumWaiting = 10
        var url = test.url
        url.timeout = 2
        let database = MariaDBDatabase(url, settings: settings)
        _ = try await database.createSchema()
        let store = MariaDBBindings(database)
        let accounts = MariaDBSubscribers(database)
        try await put(store, "1")
        server.freeze()
        let kinds = try await withThrowingTaskGroup(of: StoreError.Kind?.self) { group in
            for index in 0..<40 {
                group.addTask {
                    await failure { try await put(store, ByteSlice("w\(index)")) }?.kind
                }
                group.addTask {
                    await failure {
                        _ = try await accounts.subscriber(
                            ByteSlice("u\(index)"), domain: "x", freshness: .fresh)
                    }?.kind
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        server.thaw()
        #expect(kinds.count { $0 == .overloaded } >= 50)
        #expect(kinds.allSatisfy { $0 == .overloaded || $0 == .unavailable })
    }

    @Test("a server that dies during the load: an error, or the load goes on where it was")
    func load() async throws {
        var settings = MariaDBSettings()
        settings.pageSize = 10
        var url = test.url
        url.timeout = 2
        let database = MariaDBDatabase(url, settings: settings)
        _ = try await database.createSchema()
        let store = MariaDBBindings(database)
        var changes: [BindingChange] = []
        for index in 0..<100 {
            changes.append(
                .put(try #require(Binding(BindingsTests.fields(ByteSlice("r\(index)"))))))
        }
        try await store.apply(changes)
        let seen = Mutex<[ByteSlice]>([])
        try await store.load { page in
            let count = seen.withLock { seen in
                seen += page.map(\.ruid)
                return seen.count
            }
            guard count == 50 else { return }
            server.kill()
            try? server.launch()
        }
        #expect(seen.withLock { $0.count } == 100)
        #expect(Set(seen.withLock { $0 }).count == 100)
        let error = await failure {
            try await store.load { _ in server.kill() }
        }
        #expect(error?.kind == .unavailable)
    }

    @Test("a read-only server takes no write and answers look-ups")
    func readOnly() async throws {
        _ = try await test.open().createSchema()
        try server.query(
            """
            CREATE USER app@localhost IDENTIFIED BY 'p'; GRANT ALL ON \(test.name).* TO app@localhost;
            SET GLOBAL read_only = 1
            """)
        var url = test.url
        url.user = "app"
        url.password = .text("p")
        let database = MariaDBDatabase(url)
        let store = MariaDBBindings(database)
        let error = await failure { try await put(store, "1") }
        #expect(error?.kind == .notWritable)
        #expect(error?.message.contains("read-only") == true)
        #expect(try await BindingsTests.load(store).isEmpty)
        try server.query("SET GLOBAL read_only = 0")
        try await eventually { try await put(store, "1") }
    }

    @Test("a row that another holds locked costs a write its deadline")
    func locked() async throws {
        _ = try await test.open().createSchema()
        let database = open(timeout: 2)
        let store = MariaDBBindings(database)
        try await put(store, "1")
        let holder = try DatabaseServer.Session(on: test)
        try holder.send("START TRANSACTION; SELECT COUNT(*) FROM location FOR UPDATE;")
        #expect(try holder.line() == "1")
        #expect(await failure { try await put(store, "1") }?.kind == .unavailable)
        try holder.end()
        try await eventually { try await put(store, "1") }
    }

    @Test("the next host serves when one is gone, hangs or takes no writes")
    func failover() async throws {
        let second = try DatabaseServer()
        try second.query("CREATE DATABASE \(test.name) CHARACTER SET latin1")
        for server in [server, second] {
            _ = try await TestDatabase(server: server, name: test.name).open().createSchema()
            try server.query(
                "CREATE USER app@localhost IDENTIFIED BY 'p'; GRANT ALL ON \(test.name).* TO app@localhost"
            )
        }
        var url = test.url
        url.user = "app"
        url.password = .text("p")
        url.hosts = [.socket(path: server.socket), .socket(path: second.socket)]
        url.timeout = 1
        url.connectTimeout = 1
        let store = MariaDBBindings(MariaDBDatabase(url))
        func rows(_ server: DatabaseServer) throws -> String {
            try server.query("SELECT COUNT(*) FROM \(test.name).location")
        }
        try await put(store, "1")
        #expect(try rows(server) == "1\n")
        try server.query("SET GLOBAL read_only = 1")
        try await put(store, "2")
        #expect(try rows(second) == "1\n")
        try server.query("SET GLOBAL read_only = 0")
        second.freeze()
        try await put(store, "3")
        #expect(try rows(server) == "2\n")
        second.thaw()
        server.kill()
        try await put(store, "4")
        #expect(try rows(second) == "2\n" || rows(second) == "3\n")
    }
}
