import Foundation
import FoundationNetworking
import Hummingbird
import SIPTesting
import Testing

@testable import EmbeddedInAServer

@Suite("a proxy in a web server") struct EmbeddedInAServerTests {
    @Test("both run, on ports of their own") func status() async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let app = application(web: 0, sip: 0) { port.yield($0) }
        let running = Task { try await app.runService(gracefulShutdownSignals: []) }
        defer { running.cancel() }
        let web = try #require(await ports.first { _ in true })
        let page = try #require(URL(string: "http://127.0.0.1:\(web)/status"))
        // The two start side by side.
        var status = Status(listening: [], transactions: -1)
        while status.listening.isEmpty {
            let (data, _) = try await URLSession.shared.data(from: page)
            status = try JSONDecoder().decode(Status.self, from: data)
        }
        #expect(status.listening.count == 1)
        #expect(status.listening[0].hasPrefix("udp:"))
        #expect(status.transactions == 0)
    }

    @Test("an account that the web page makes may register") func accounts() async throws {
        let accounts = Accounts()
        accounts.add("alice", "wonderland")
        var setup = VirtualSite.Setup()
        setup.domains = ["voice.example"]
        let site = try VirtualSite(
            setup, router: HomeRouter(subscribers: accounts, location: LocationService()))
        let registration = site.phone("alice", password: "wonderland").register()
        let stranger = site.phone("eve").register()
        await site.run(for: .seconds(1))
        #expect(registration.status == 200)
        #expect(stranger.status == 401)
    }
}
