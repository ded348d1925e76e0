import NIOCore
import SIPCore
import SIPTransport
import Testing

@Suite("an endpoint and a socket address") struct SocketAddressTests {
    @Test(
        "are the same to either side",
        arguments: [
            ("127.0.0.1", 5060), ("192.0.2.255", 1), ("0.0.0.0", 65_535), ("::1", 5060),
            ("2001:db8:1:2:3:4:5:6", 443), ("::", 0),
        ])
    func roundTrip(host: String, port: Int) throws {
        let address = try SocketAddress(ipAddress: host, port: port)
        let endpoint = try #require(Endpoint(.udp, address))
        #expect(endpoint.address == IPAddress(host))
        #expect(Int(endpoint.port) == port)
        #expect(endpoint.socketAddress == address)
    }

    @Test("differ for a Unix socket") func unix() throws {
        let address = try SocketAddress(unixDomainSocketPath: "socket")
        #expect(Endpoint(.udp, address) == nil)
    }
}
