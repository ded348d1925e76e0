import SIPAuth
import SIPCore
import SIPLocation
import SIPSQLite
import Testing

@Suite("Accounts in a file")
struct SubscribersTests {
    typealias Account = NewAccount

    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let subscribers: SQLiteSubscribers

    init() throws {
        folder = try TemporaryFolder()
        database = try folder.open()
        subscribers = SQLiteSubscribers(database)
    }

    private func find(_ username: ByteSlice, _ domain: ByteSlice = "voice.example") async throws
        -> Subscriber?
    {
        try await subscribers.subscriber(username, domain: domain, freshness: .cached)
    }

    private func password(_ username: ByteSlice, _ domain: ByteSlice = "voice.example") async throws
        -> String?
    {
        guard case .password(let password) = try await find(username, domain)?.secret else {
            return nil
        }
        return password
    }

    @Test("an account that was added is found, whatever the domain's case")
    func add() async throws {
        try await subscribers.add(
            Account(username: "alice", domain: "Voice.Example", password: "s3cret"))
        let alice = try #require(try await find("alice", "VOICE.example"))
        #expect(alice.username == "alice")
        #expect(alice.domain == "voice.example")
        #expect(try await password("alice") == "s3cret")
        #expect(
            try await subscribers.list().map { "\($0.username)@\($0.domain)" } == [
                "alice@voice.example"
            ])
    }

    @Test(
        "names are compared by their bytes",
        arguments: ["Alice", "alic", "alice ", "%", "_lice", "alice\u{0}", "' OR 1=1 --", ""])
    func bytes(name: String) async throws {
        try await subscribers.add(
            Account(username: "alice", domain: "voice.example", password: "x"))
        #expect(try await find(ByteSlice(name)) == nil)
        #expect(try await find("alice", "other.example") == nil)
    }

    @Test("two spellings of one character are two names")
    func normalization() async throws {
        try await subscribers.add(
            Account(username: "e\u{301}", domain: "voice.example", password: "1"))
        try await subscribers.add(
            Account(username: "\u{E9}", domain: "voice.example", password: "2"))
        #expect(try await password("e\u{301}") == "1")
        #expect(try await password("\u{E9}") == "2")
    }

    @Test("bytes that are no UTF-8 find nobody, and are no error", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        try await subscribers.add(
            Account(username: "alice", domain: "voice.example", password: "x"))
        #expect(try await find(ByteSlice(bytes)) == nil)
        #expect(try await find("alice", ByteSlice(bytes)) == nil)
    }

    @Test(
        "names and passwords with SQL in them are names and passwords",
        arguments: ["' OR 1=1 --", "%", "_", "back\\slash", "\u{1F4DE}", "\"", "42"])
    func injection(text: String) async throws {
        try await subscribers.add(Account(username: text, domain: "voice.example", password: text))
        #expect(try await password(ByteSlice(text)) == text)
        #expect(try await subscribers.count() == 1)
        #expect(try await subscribers.remove(username: text, domain: "voice.example"))
        #expect(try await subscribers.count() == 0)
    }

    @Test("a second account of the same name is refused, and the first is as it was")
    func duplicate() async throws {
        let account = Account(username: "alice", domain: "voice.example", password: "first")
        try await subscribers.add(account)
        var second = account
        second.password = "second"
        let error = await #expect(throws: StoreError.self) { try await subscribers.add(second) }
        #expect(error == StoreError(.refused, "there is an account alice@voice.example already"))
        #expect(try await password("alice") == "first")
    }

    @Test("a changed password is the one that counts, and one of nobody is told")
    func change() async throws {
        var account = Account(username: "alice", domain: "voice.example", password: "first")
        try await subscribers.add(account, as: .hashes(realm: "voice.example"))
        account.password = "second"
        #expect(try await subscribers.setPassword(account))
        #expect(try await password("alice") == "second")
        account.username = "bob"
        #expect(try await !subscribers.setPassword(account))
    }

    @Test("kept as hashes, the password itself is nowhere in the file")
    func hashes() async throws {
        try await subscribers.add(
            Account(username: "alice", domain: "voice.example", password: "correct horse"),
            as: .hashes(realm: "voice.example"))
        guard case .ha1 = try #require(try await find("alice")).secret else {
            Issue.record("an account kept as hashes has hashes")
            return
        }
        let expected = try Digest.ha1(
            username: "alice", realm: "voice.example", password: "correct horse", algorithm: .md5)
        let row = try database.row("SELECT password, ha1 FROM subscriber")
        #expect(row == ["", expected])
    }

    @Test("an account without a domain is found in any, but one of the domain comes first")
    func anyDomain() async throws {
        try await subscribers.add(Account(username: "alice", domain: "", password: "any"))
        try await subscribers.add(
            Account(username: "alice", domain: "voice.example", password: "own"))
        #expect(try await password("alice", "other.example") == "any")
        #expect(try await password("alice") == "own")
    }

    @Test("removing an account removes its bindings, and nobody else's")
    func remove() async throws {
        for (index, name) in ["alice", "bob"].enumerated() {
            try await subscribers.add(
                Account(username: name, domain: "voice.example", password: "x"))
            let fields = BindingFields(
                address: AddressOfRecord(user: ByteSlice(name), host: "voice.example"),
                ruid: ByteSlice("r\(index)"), uri: "sip:a@192.0.2.1", expiresAt: nil,
                lastModified: BindingsTests.noon)
            try await SQLiteBindings(database).apply([.put(try #require(Binding(fields)))])
        }
        #expect(try await subscribers.remove(username: "alice", domain: "Voice.example"))
        #expect(try await !subscribers.remove(username: "alice", domain: "voice.example"))
        let left = try await SQLiteBindings(database).list(at: BindingsTests.noon)
        #expect(left.map(\.address.user) == ["bob"])
        #expect(try await subscribers.list().map(\.username) == ["bob"])
    }

    @Test(
        "what no phone could send is refused before it is stored",
        arguments: [
            Account(username: "", domain: "voice.example", password: "x"),
            Account(username: "alice", domain: "voice.example", password: ""),
            Account(username: "al\r\nice", domain: "voice.example", password: "x"),
            Account(username: "alice", domain: "voice example", password: "x"),
            Account(username: "alice", domain: "b@voice.example", password: "x"),
            Account(username: "alice", domain: "voice.example", password: "x\u{0}"),
        ])
    func refused(account: Account) async throws {
        let error = await #expect(throws: StoreError.self) { try await subscribers.add(account) }
        #expect(error?.kind == .refused)
        #expect(try await subscribers.count() == 0)
    }

    @Test("20,000 accounts are imported with progress, and a second import changes passwords")
    func importAll() async throws {
        func accounts(_ password: String) -> some Sequence<Account> {
            (0..<20_000).lazy.map {
                Account(username: "u\($0)", domain: "voice.test", password: "\(password)\($0)")
            }
        }
        var reports: [Int] = []
        try await subscribers.importAll(accounts("a")) { reports.append($0) }
        #expect(reports == Array(stride(from: 1000, through: 20_000, by: 1000)))
        #expect(try await subscribers.count() == 20_000)
        try await subscribers.importAll(accounts("b").prefix(1500)) { reports.append($0) }
        #expect(reports.suffix(2) == [1000, 1500])
        #expect(try await password("u1499", "voice.test") == "b1499")
        #expect(try await password("u1500", "voice.test") == "a1500")
        #expect(try await subscribers.count() == 20_000)
    }

    @Test("look-ups that wait together are made in one go")
    func together() async throws {
        for index in 0..<100 {
            try await subscribers.add(
                Account(username: "u\(index)", domain: "voice.example", password: "p\(index)"))
        }
        let lookups = database.lookups
        let before = lookups.wakes
        lookups.hold()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask { try await password(ByteSlice("u\(index)")) == "p\(index)" }
            }
            while lookups.waiting < 100 { await Task.yield() }
            lookups.release()
            for try await isRight in group { #expect(isRight) }
        }
        #expect(lookups.wakes - before == 1)
    }
}
