import Glibc
import TestPrograms
import Testing

extension Loopback {
    @Suite("registrations")
    struct RegistrationTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test(
            "a registration survives a clean stop in modes 1 and 2, and no mode forgets it while it runs",
            arguments: [0, 1, 2])
        func cleanStop(mode: Int) throws {
            try Sipd.makeAccounts(20, in: folder)
            var sipd = try Sipd(folder, ["--location-mode", "\(mode)"])
            var phones = Phones(try UDPClient(to: sipd.port), run: "a")
            try phones.register(0..<20)
            #expect(phones.answered.count == 20)
            #expect(phones.refused.isEmpty)
            #expect(try contacts(of: 0..<20, at: sipd, registeredFrom: phones.client.port) == 20)
            #expect(try sipd.stop() == .exit(0))

            sipd = try Sipd(folder, ["--location-mode", "\(mode)"])
            let expected = mode == 0 ? 0 : 20
            #expect(
                try contacts(of: 0..<20, at: sipd, registeredFrom: phones.client.port) == expected)
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "after kill -9 in a storm of 5,000 in mode 1, every registration that was answered 200 is there"
        )
        func killed() throws {
            try Sipd.makeAccounts(5_000, in: folder)
            var sipd = try Sipd(folder, ["--location-mode", "1"])
            var phones = Phones(try UDPClient(to: sipd.port), run: "storm")
            try phones.register(0..<5_000, until: { $0 == 2_500 })
            sipd.process.signal(SIGKILL)
            #expect(try sipd.process.wait() == .signal(SIGKILL))
            phones.drain()
            let answered = phones.answered.keys.sorted()
            #expect(answered.count >= 2_500)
            #expect(answered.count < 5_000)

            sipd = try Sipd(folder, ["--location-mode", "1"])
            var queries = Phones(try UDPClient(to: sipd.port), run: "after")
            try queries.register(answered, contact: false)
            var lost: [Int] = []
            for user in answered {
                let contact = "<\(Phones.contact(of: user, port: phones.client.port))>"
                let response = queries.answered[user] ?? ""
                if !response.contains(contact) { lost.append(user) }
            }
            #expect(lost == [])
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "a wrong password is refused and its reason logged, without anything of the credentials"
        )
        func wrongPassword() throws {
            try Sipd.makeAccounts(1, in: folder)
            let sipd = try Sipd(folder, environment: ["SIPD_LOG_LEVEL": "trace"])
            var phones = Phones(try UDPClient(to: sipd.port), run: "wrong")
            try phones.register(0..<1, password: { _ in "guess" })
            #expect(phones.refused[0]?.hasPrefix("SIP/2.0 401 ") == true)
            try phones.register(0..<1)
            #expect(try sipd.stop() == .exit(0))
            let log = sipd.process.written(to: .error)
            #expect(log.contains("wrong-password"), "\(log)")
            for secret in ["guess", "pw0", "nonce=", "response="] { #expect(!log.contains(secret)) }
        }

        @Test(
            "whatever comes in on the socket, it goes on serving and answers nobody more than once")
        func noise() throws {
            try Sipd.makeAccounts(1, in: folder)
            let sipd = try Sipd(folder)
            let client = try UDPClient(to: sipd.port)
            let noise = [
                "", "\0", "\r\n\r\n", String(repeating: "\0", count: 1_000),
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{03}\u{01}\u{02}\0",
                String(repeating: "A", count: 65_507), "REGISTER", "INVITE sip:x SIP/2.0\r\n",
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x\r\n\r\n",
                "ACK sip:x SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
            ]
            for datagram in noise { client.send(datagram) }
            var phones = Phones(try UDPClient(to: sipd.port), run: "noise")
            try phones.register(0..<1)
            #expect(phones.answered.count == 1)
            var replies = 0
            while client.receive(within: 0) != nil { replies += 1 }
            #expect(replies <= noise.count)
            #expect(try sipd.stop() == .exit(0))
        }

        /// How many of the users have exactly the contact that they registered.
        private func contacts(
            of users: Range<Int>, at sipd: Sipd, registeredFrom port: UInt16
        ) throws -> Int {
            var queries = Phones(try UDPClient(to: sipd.port), run: "query\(sipd.port)")
            try queries.register(users, contact: false)
            #expect(queries.answered.count == users.count)
            return queries.answered.count { (user: Int, response: String) -> Bool in
                response.contains("<\(Phones.contact(of: user, port: port))>")
            }
        }
    }
}
