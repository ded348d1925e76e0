import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SIPTesting
import Testing

@testable import EmbeddedInAServer

@Suite("a proxy in a web server") struct EmbeddedInAServerTests {
    @Test("both run, on ports of their own") func status() async throws {
        try await application(web: 0, sip: 0).test(.live) { client in
            // The two start side by side.
            var status = Status(listening: [], transactions: -1)
            while status.listening.isEmpty {
                status = try await client.execute(uri: "/status", method: .get) { response in
                    try JSONDecoder().decode(Status.self, from: response.body)
                }
            }
            #expect(status.listening.count == 1)
            #expect(status.listening[0].hasPrefix("udp:"))
            #expect(status.transactions == 0)
        }
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
