import Logging
import NIOCore
import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import SIPTransaction
import Testing

/// A ``Proxy`` on a port that the system chose, and phones and hosts with a UDP socket each, all on the loopback interface.
final class SocketSite: Stage {
    let proxy: Proxy
    private let sockets = LoopbackSockets()
    private let location = LocationService()
    private let address: Endpoint
    private var phones: [Phone] = []
    /// Asks the proxy something, to hear that it is through with what came before.
    private var asker: BareHost?

    /// - Parameters:
    ///   - group: the event loops of the host program; nil: loops of the proxy's own.
    ///   - change: of what it is like.
    init(
        on group: (any EventLoopGroup)? = nil, _ change: (inout ProxySettings) -> Void = { _ in }
    ) async throws {
        let accounts = ["alice", "bob", "carol", "dave"].map {
            Subscriber(username: $0, domain: "voice.test", secret: .password("pass-\($0)"))
        }
        var settings = ProxySettings(
            listen: [.udp(.v4(0x7F00_0001), port: 0)], domains: ["voice.test"])
        settings.eventLoops = 1
        settings.timers = .forgetful
        settings.trustedPeers = [Self.peerAddress]
        settings.logger.logLevel = .critical
        change(&settings)
        proxy = Proxy(
            settings,
            router: HomeRouter(subscribers: FixedSubscribers(accounts), location: location),
            eventLoopGroup: group)
        try await proxy.start()
        address = try #require(proxy.addresses.first)
    }

    /// Where ``peer()`` lives: 127.0.0.2.
    static let peerAddress = IPAddress.v4(0x7F00_0002)

    var recorder: Recorder { sockets.network.recorder }
    var transactions: Int { proxy.load.transactions }

    func newPhone(_ user: String) throws -> Phone {
        let phone = Phone(
            user: user, password: "pass-\(user)", domain: "voice.test", at: try sockets.open(),
            on: sockets.network, proxy: address)
        phones.append(phone)
        return phone
    }

    func newCallee(_ user: String) async throws -> BareHost {
        let host = BareHost(try sockets.open(), on: sockets.network, proxy: address)
        try await location.bind(
            user, to: "sip:\(user)@\(host.hostPort)", at: sockets.network.clock.unixTime)
        return host
    }

    func peer() async throws -> BareHost {
        BareHost(try sockets.open(Self.peerAddress), on: sockets.network, proxy: address)
    }

    func until(_ what: Comment, _ isSo: () -> Bool) async throws {
        try #require(await sockets.comes(isSo), what)
    }

    func linger() async { await sockets.run(for: .milliseconds(300)) }

    /// A minute is a second and a half.
    func pass(_ duration: Duration) async { await sockets.run(for: duration / 40) }

    /// The proxy has one loop, which does things in their order.
    func rest() async throws {
        let asker =
            if let asker { asker } else {
                BareHost(try sockets.open(Self.peerAddress), on: sockets.network, proxy: address)
            }
        self.asker = asker
        let heard = asker.inbox.count
        asker.send(asker.request("OPTIONS", "sip:voice.test"))
        try await until("the proxy says what it can") { asker.inbox.count > heard }
        await sockets.turn()
    }

    func end() async throws {
        try await until("nothing is left") { proxy.load.transactions + proxy.load.timers == 0 }
        await proxy.stop()
    }
}

extension TimerValues {
    /// What is over is forgotten soon, so that a test can wait for it; what is not has all the time of RFC 3261.
    static var forgetful: TimerValues {
        var values = TimerValues()
        for timer in [\TimerValues.d, \.i, \.j, \.k, \.l, \.m] {
            values[keyPath: timer] = .milliseconds(300)
        }
        return values
    }
}
