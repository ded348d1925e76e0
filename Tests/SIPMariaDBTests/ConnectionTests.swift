import Foundation
import MariaDBServer
import SIPAuth
import SIPLocation
import SIPMariaDB
import TestPrograms
import Testing

@Suite("Connections", .onOwnDatabaseThread)
struct ConnectionTests {
    private let server = DatabaseServer.shared

    private func count(_ url: DatabaseURL) async throws -> Int {
        try await MariaDBSubscribers(MariaDBDatabase(url)).count()
    }

    /// A user with a password who may come over TCP.
    private func user(_ test: TestDatabase, _ requirement: String = "") async throws -> DatabaseURL
    {
        _ = try await test.open().createSchema()
        try server.query(
            "GRANT ALL ON \(test.name).* TO \(test.name)@'127.0.0.1' IDENTIFIED BY 'p@ss/word' \(requirement)"
        )
        return try DatabaseURL(
            "mysql://\(test.name):p%40ss%2Fword@127.0.0.1:\(server.port)/\(test.name)")
    }

    @Test(
        "TLS is used when the server has it, and can be asked for",
        arguments: DatabaseURL.TLS.Mode.allCases)
    func tls(mode: DatabaseURL.TLS.Mode) async throws {
        var url = try await user(try server.makeDatabase(), "REQUIRE SSL")
        url.tls.mode = mode
        url.tls.authorities = mode == .verify ? server.folder + "/cert.pem" : nil
        if mode == .off {
            await #expect(throws: StoreError.self) { try await count(url) }
        } else {
            #expect(try await count(url) == 0)
        }
    }

    @Test("a server that can't be verified gets no password")
    func unverified() async throws {
        var url = try await user(try server.makeDatabase())
        url.tls.mode = .verify
        await #expect(throws: StoreError.self) { try await count(url) }
        url.tls.fingerprint = String(repeating: "00", count: 20)
        url.tls.authorities = server.folder + "/cert.pem"
        await #expect(throws: StoreError.self) { try await count(url) }
    }

    @Test("the password may be in a file or in the environment")
    func elsewhere() async throws {
        var url = try await user(try server.makeDatabase())
        let file = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        try "p@ss/word\nsecond line\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        url.password = .file(path: file)
        #expect(try await count(url) == 0)
        let name = "SIP_TEST_\(UUID().uuidString.replacing("-", with: "_"))"
        setenv(name, "p@ss/word", 1)
        url.password = .environment(name: name)
        #expect(try await count(url) == 0)
        unsetenv(name)
        let error = await #expect(throws: StoreError.self) { try await count(url) }
        #expect(error?.kind == .unusable)
    }

    @Test("a wrong password is said in words, without it")
    func wrongPassword() async throws {
        var url = try await user(try server.makeDatabase())
        url.password = .text("hunter2")
        let error = await #expect(throws: StoreError.self) { try await count(url) }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("an account of the plugin ed25519 is served")
    func ed25519() async throws {
        let test = try server.makeDatabase()
        _ = try await test.open().createSchema()
        try server.query(
            """
            INSTALL SONAME 'auth_ed25519';
            CREATE USER e@localhost IDENTIFIED VIA ed25519 USING PASSWORD('secret');
            GRANT ALL ON \(test.name).* TO e@localhost
            """)
        var url = test.url
        url.user = "e"
        url.password = .text("secret")
        #expect(try await count(url) == 0)
    }

    @Test("after the end every use is refused")
    func closed() async throws {
        let database = try await server.makeDatabase().create()
        await database.close()
        let error = await #expect(throws: StoreError.self) {
            try await MariaDBSubscribers(database).count()
        }
        #expect(error?.kind == .unavailable)
    }
}
