import CMariaDB
import MariaDBServer
import SIPCore
import SIPLocation
import SIPMariaDB
import TestPrograms
import Testing

/// What a Galera node says while its cluster agrees on who is left (error 1047), said by a trigger.
@Suite("A node out of step with its cluster", .onOwnDatabaseThread)
struct OutOfStepTests {
    private let test: TestDatabase

    /// - Parameter rounds: how often the table refuses.
    private func makeTrigger(_ when: String, rounds: Int) throws {
        // What no transaction undoes.
        try test.query("CREATE TABLE rounds (n INT) ENGINE=MyISAM; INSERT INTO rounds VALUES (0)")
        try test.query(
            """
            DELIMITER //
            CREATE TRIGGER out_of_step \(when) INSERT ON location FOR EACH ROW BEGIN
            UPDATE rounds SET n = n + 1; IF (SELECT n FROM rounds) <= \(rounds) THEN
            SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047; END IF; END //
            """)
    }

    init() async throws {
        test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
    }

    private func open(hosts: Int) -> MariaDBDatabase {
        var url = test.url
        url.timeout = 2
        url.connectTimeout = 1
        url.hosts = Array(repeating: url.hosts[0], count: hosts)
        return MariaDBDatabase(url)
    }

    private func put(_ database: MariaDBDatabase) async throws {
        let binding = try #require(Binding(BindingsTests.fields("1")))
        try await MariaDBBindings(database).apply([.put(binding)])
    }

    @Test("is asked again, or the next one is, until it is in step", arguments: [1, 3])
    func passing(hosts: Int) async throws {
        try makeTrigger("BEFORE", rounds: 5)
        try await put(open(hosts: hosts))
        #expect(try test.query("SELECT n FROM rounds") == "6\n")
        #expect(try test.query("SELECT COUNT(*) FROM location") == "1\n")
    }

    @Test("is given up after the time of a statement and a connection", arguments: [1, 3])
    func lasting(hosts: Int) async throws {
        try makeTrigger("BEFORE", rounds: 1_000_000)
        let begin = ContinuousClock.now
        let error = await #expect(throws: StoreError.self) { try await put(open(hosts: hosts)) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("(1047)") == true)
        #expect(ContinuousClock.now - begin >= .seconds(2))
        // With time for a slow machine.
        #expect(ContinuousClock.now - begin < .seconds(60))
    }

    @Test(
        "a REGISTER in mode 3 that was stored although its answer was lost is no REGISTER out of order"
    )
    func answerLost() async throws {
        // A table without transactions keeps what an error followed.
        try test.query("ALTER TABLE location ENGINE=MyISAM")
        try makeTrigger("AFTER", rounds: 1)
        let location = MariaDBLocation(open(hosts: 1))
        let address = AddressOfRecord(user: "alice", host: "voice.example")
        func register(_ cseq: UInt32) async throws -> RegistrationOutcome {
            try await location.register(
                Registration(
                    .list([.init(uri: "sip:a@192.0.2.1")]), callID: "c", cseq: cseq, expires: 3600),
                for: address, at: BindingsTests.noon)
        }
        guard case .accepted(let contacts) = try await register(7) else {
            Issue.record("refused")
            return
        }
        #expect(contacts.count == 1)
        #expect(try test.query("SELECT n FROM rounds") == "1\n")
        // One that is out of order is refused all the same.
        if case .accepted = try await register(7) { Issue.record("accepted twice") }
        #expect(try test.query("SELECT COUNT(*), cseq FROM location") == "1\t7\n")
    }

    @Test("two programs give the same contact of the same address the same name")
    func names() async throws {
        var names: Set<String> = []
        for _ in 0..<2 {
            let test = try DatabaseServer.shared.makeDatabase()
            let location = MariaDBLocation(try await test.create())
            for (user, contact) in [("alice", "sip:a@192.0.2.1"), ("alic", "esip:a@192.0.2.1")] {
                _ = try await location.register(
                    Registration(
                        .list([.init(uri: ByteSlice(contact))]), callID: "c", cseq: 1, expires: 60),
                    for: AddressOfRecord(user: ByteSlice(user), host: "voice.example"),
                    at: BindingsTests.noon)
            }
            let rows = try test.query("SELECT ruid FROM location").split(separator: "\n")
            #expect(Set(rows).count == 2)
            names.formUnion(rows.map(String.init))
        }
        #expect(names.count == 2)
    }

    @Test(
        "libmariadb has what MySQL 8 and MariaDB ask of a login",
        arguments: [
            "mysql_native_password", "caching_sha2_password", "sha256_password", "client_ed25519",
        ])
    func plugins(name: String) throws {
        let handle = try #require(mysql_init(nil))
        defer { mysql_close(handle) }
        let kind: Int32 = 2  // MYSQL_CLIENT_AUTHENTICATION_PLUGIN of client_plugin.h
        let plugin = mysql_client_find_plugin(handle, name, kind)
        #expect(plugin != nil, "\(String(cString: mysql_error(handle)))")
    }
}
