import Foundation
import Glibc
import Logging
import SIPLocation
import TestPrograms
import Testing
import sipd

extension Loopback {
    @Suite("control server")
    struct ControlServerTests {
        private let folder: TemporaryFolder
        private let path: String

        init() throws {
            folder = try TemporaryFolder()
            path = folder.path("sipd.control")
        }

        @Test("requests are answered one after the other, in their order")
        func order() async throws {
            try await serving { path in
                let peer = try ControlPeer(path)
                peer.send("{\"online\":{}}\n{\"show\":{}}\n{\"reload\":{}}\n")
                #expect(peer.line() == #"{"addresses":{"entries":[],"more":false}}"#)
                #expect(peer.line()?.hasPrefix(#"{"registrations":"#) == true)
                #expect(peer.line()?.contains(#""accounts":3"#) == true)
            }
        }

        @Test("a script may end its side first, and is answered all the same")
        func halfClosed() async throws {
            try await serving { path in
                let peer = try ControlPeer(path)
                peer.send("{\"online\":{}}\n")
                peer.endInput()
                #expect(peer.line()?.hasPrefix(#"{"addresses":"#) == true)
                #expect(peer.line() == nil)
            }
        }

        @Test(
            "garbage is answered with one line, and the next request works",
            arguments: [
                "\n", "x\n", "{}\n", "[]\n", "null\n", "{\"stop\":1}\n", "{\"nothing\":{}}\n",
                "{\"show\":{\"address\":7}}\n", "\0\0\0\n", "\u{16}\u{03}\u{01}\n",
                "{\"online\":{},\"stop\":{}}\n", String(repeating: "[", count: 60_000) + "\n",
                "{\"add\":{\"address\":\"a@b\",\"contact\":\"sip:a@b\",\"q\":70000}}\n",
                "{\"monitor\":{\"interval\":-1}}\n", "{\"monitor\":{\"interval\":1e308}}\n",
            ])
        func garbage(text: String) async throws {
            try await serving { path in
                let peer = try ControlPeer(path)
                peer.send(text)
                #expect(peer.line()?.contains(#""code":65"#) == true)
                peer.send("{\"online\":{}}\n")
                #expect(peer.line()?.hasPrefix(#"{"addresses":"#) == true)
            }
        }

        @Test("a line of a megabyte is refused before it is whole, and others are served")
        func longLine() async throws {
            try await serving { path in
                let peer = try ControlPeer(path)
                peer.send(String(repeating: "a", count: 1_000_000))
                let line = peer.line()
                // It may be cut off before it has read why.
                #expect(line == nil || line?.contains("at most 65536 bytes") == true)
                #expect(peer.line() == nil)
                try expectService(path)
            }
        }

        @Test("half a line does not stay for ever, nor does a connection that says nothing")
        func halfLine() async throws {
            var limits = ControlServer.Limits()
            limits.patience = .milliseconds(200)
            try await serving(limits) { path in
                let silent = try ControlPeer(path)
                let half = try ControlPeer(path)
                half.send("{\"onli")
                #expect(half.line() == nil)
                #expect(silent.line() == nil)
                try expectService(path)
            }
        }

        @Test("who asks for much and reads nothing loses the connection")
        func noReader() async throws {
            var limits = ControlServer.Limits()
            limits.patience = .milliseconds(200)
            try await serving(limits, registrations: 5_000) { path in
                let peer = try ControlPeer(path)
                peer.send("{\"show\":{}}\n{\"show\":{}}\n{\"show\":{}}\n")
                #expect(peer.waitUntilHungUp())
                try expectService(path)
            }
        }

        @Test("a hundred connections: those over the limit hear why, the others go on")
        func hundred() async throws {
            try await serving { path in
                var peers = try (0..<100).map { _ in try ControlPeer(path) }
                for peer in peers { peer.send("{\"online\":{}}\n") }
                let lines = peers.map { $0.line() ?? "" }
                #expect(lines.count { $0.hasPrefix(#"{"addresses":"#) } == 32)
                #expect(lines.count { $0.contains("32 commands are connected already") } == 68)
                peers = []
                // The places are free when the server has noticed, a moment later.
                let deadline = ContinuousClock.now + .seconds(20)
                while try service(path) == false, .now < deadline {}
                try expectService(path)
            }
        }

        @Test("too many requests at once end the connection")
        func flood() async throws {
            try await serving { path in
                let peer = try ControlPeer(path)
                peer.send(String(repeating: "{\"monitor\":{\"interval\":3600}}\n", count: 100))
                var last: String?
                while let line = peer.line() { last = line }
                #expect(last?.contains("more than 16 requests wait") == true)
                try expectService(path)
            }
        }

        @Test("another user's connection is refused, whatever the file's mode")
        func otherUser() async throws {
            try await serving(allowed: [geteuid() + 1]) { path in
                let peer = try ControlPeer(path)
                peer.send("{\"stop\":{}}\n")
                #expect(peer.line()?.contains("this sipd belongs to another user") == true)
                #expect(peer.line() == nil)
            }
        }

        @Test("figures come again after each interval until the connection ends")
        func monitor() async throws {
            try await serving { path in
                let client = try #require(try ControlClient.connect(to: path))
                var looks = 0
                try client.perform(.monitor(interval: 0.1)) { reply in
                    if case .figures = reply { looks += 1 }
                    return looks < 3
                }
                #expect(looks == 3)
            }
        }

        /// Runs a server for as long as the body, which blocks, and so runs on a thread of its own.
        private func serving(
            _ limits: ControlServer.Limits = .init(), allowed: Set<uid_t> = [0, geteuid()],
            registrations: Int = 0, _ body: @escaping @Sendable (String) throws -> Void
        ) async throws {
            let socket = try ControlSocket(path: path)
            let daemon = ControlDesk.Daemon(
                forget: { _ in }, refresh: {}, refreshTables: {},
                reload: { ReloadReport(accounts: 3, logLevel: "info", needRestart: []) },
                figures: { sipd.Figures(process: 1, uptime: 0) }, stop: {})
            let desk = ControlDesk(
                LiveRegistrations { [location = LocationService()] in location }, daemon: daemon)
            for number in 0..<registrations {
                try await desk.perform(
                    .add(
                        address: "user\(number)@voice.test", contact: "sip:a@192.0.2.1", q: nil,
                        expires: nil)
                ) { _ in }
            }
            let server = ControlServer(
                socket, desk, limits: limits, allowed: allowed,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let running = Task { try await server.run() }
            let path = path
            do {
                try await withCheckedThrowingContinuation {
                    (continuation: CheckedContinuation<Void, any Error>) in
                    Thread.detachNewThread {
                        continuation.resume(with: Result { try body(path) })
                    }
                }
            } catch {
                running.cancel()
                throw error
            }
            running.cancel()
            try await running.value
            socket.remove()
        }
    }
}

/// Whether the server answers a new connection.
private func service(_ path: String) throws -> Bool {
    let peer = try ControlPeer(path)
    peer.send("{\"online\":{}}\n")
    return peer.line()?.hasPrefix(#"{"addresses":"#) == true
}

private func expectService(_ path: String) throws {
    #expect(try service(path))
}
