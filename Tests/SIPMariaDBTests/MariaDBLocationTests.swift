import MariaDBServer
import SIPCore
import SIPLocation
import SIPMariaDB
import TestPrograms
import Testing

@Suite("Mode 3: several processes on one database", .onOwnDatabaseThread)
struct MariaDBLocationTests {
    static let noon = BindingsTests.noon
    private let alice = AddressOfRecord(user: "alice", host: "voice.example")

    private func register(
        _ location: MariaDBLocation, _ uri: String, user: String = "alice", cseq: UInt32 = 1,
        expires: UInt32 = 3600
    ) async throws -> RegistrationOutcome {
        let contact = Registration.RequestedContact(uri: ByteSlice(uri))
        return try await location.register(
            Registration(.list([contact]), callID: ByteSlice(uri), cseq: cseq, expires: expires),
            for: AddressOfRecord(user: ByteSlice(user), host: "voice.example"), at: Self.noon)
    }

    private func contacts(_ outcome: RegistrationOutcome) -> Int? {
        if case .accepted(let contacts) = outcome { contacts.count } else { nil }
    }

    @Test(
        "what one registers the other finds, refreshes and removes",
        arguments: ["", "ser-0.9", "opensips-4.0"])
    func shared(fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        if fixture.isEmpty {
            _ = try await database.createSchema()
        } else {
            try test.load(fixture)
        }
        let (one, other) = (MariaDBLocation(database), MariaDBLocation(test.open()))
        #expect(contacts(try await register(one, "sip:a@192.0.2.1")) == 1)
        #expect(contacts(try await register(other, "sip:b@192.0.2.1")) == 2)
        let found = try await one.bindings(of: alice, at: Self.noon)
        #expect(Set(found.map(\.uri)) == ["sip:a@192.0.2.1", "sip:b@192.0.2.1"])
        #expect(try await one.bindings(of: alice, at: Self.noon + 3600).isEmpty)
        #expect(contacts(try await register(other, "sip:a@192.0.2.1", cseq: 2)) == 2)
        // The order of CSeq holds across processes (RFC 3261 10.3 step 7).
        #expect(contacts(try await register(one, "sip:a@192.0.2.1", cseq: 2)) == nil)
        #expect(contacts(try await register(one, "sip:a@192.0.2.1", cseq: 3, expires: 0)) == 1)
        #expect(
            try await other.bindings(of: alice, at: Self.noon).map(\.uri) == ["sip:b@192.0.2.1"])
    }

    @Test(
        "a storm on several processes loses nothing and makes no row twice", arguments: [2, 5])
    func storm(processes: Int) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let first = try await test.create()
        let locations =
            [MariaDBLocation(first)] + (1..<processes).map { _ in MariaDBLocation(test.open()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let outcome = try await register(
                        locations[index % processes], "sip:a@192.0.2.1", user: "u\(index / 4)",
                        cseq: UInt32(index % 4 + 1))
                    if let count = contacts(outcome) { #expect(count == 1) }
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try test.query("SELECT COUNT(*), COUNT(DISTINCT username) FROM location")
                == "100\t100\n")
    }

    @Test("a transaction that another one undid is made again, until its deadline")
    func deadlock() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let location = MariaDBLocation(try await test.create())
        // What MariaDB itself says of a deadlock, three times.
        try test.query(
            """
            DELIMITER //
            CREATE TRIGGER conflict BEFORE INSERT ON location FOR EACH ROW BEGIN
            IF @rounds IS NULL THEN SET @rounds = 0; END IF; SET @rounds = @rounds + 1;
            IF @rounds <= 3 OR NEW.username = 'never' THEN
            SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF; END //
            """)
        #expect(contacts(try await register(location, "sip:a@192.0.2.1")) == 1)
        #expect(try test.query("SELECT COUNT(*) FROM location") == "1\n")
        var url = test.url
        url.timeout = 1
        let hasty = MariaDBLocation(MariaDBDatabase(url))
        let error = await #expect(throws: StoreError.self) {
            _ = try await register(hasty, "sip:a@192.0.2.1", user: "never")
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("(1213)") == true)
    }

    @Test("a REGISTER that the table does not take fails alone")
    func refused() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let location = MariaDBLocation(try await test.create())
        let wide = "sip:" + String(repeating: "a", count: 600) + "@192.0.2.1"
        let outcomes = await withTaskGroup(of: StoreError.Kind?.self) { group in
            for index in 0..<20 {
                group.addTask {
                    do {
                        _ = try await register(
                            location, index == 7 ? wide : "sip:a@192.0.2.1", user: "u\(index)")
                        return nil
                    } catch { return (error as? StoreError)?.kind }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .refused } == 1)
        #expect(outcomes.count { $0 == nil } == 19)
        #expect(try test.query("SELECT COUNT(*) FROM location") == "19\n")
    }
}
