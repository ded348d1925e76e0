import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy

/// A core with its router, joined as the engine joins them, without sockets, locks and tasks.
final class CoreUnderTest {
    private let site: Site
    private let router: any Router
    private let effects: RouteEffects
    // What belongs to one event loop alone is not checked for overlapping accesses: that would be counted as the core's.
    @exclusivity(unchecked) private var core: ProxyCore
    @exclusivity(unchecked) private var randoms: UInt64 = 0
    /// Lists with room for outputs, as a loop keeps them.
    @exclusivity(unchecked) private var spare: [[Output]] = []
    @exclusivity(unchecked) var now = Instant.zero
    /// What was sent, in order.
    @exclusivity(unchecked) var sent: [[UInt8]] = []

    /// With the house's own route, and all phones registered.
    ///
    /// - Parameter trustsPhones: whether they are trusted by their addresses, and need no password.
    static func home(trustsPhones: Bool = false) async throws -> CoreUnderTest {
        try CoreUnderTest(
            router: HomeRouter(
                subscribers: try World.subscribers(),
                location: try await World.location(phones: 2 * Inputs.count)),
            trustsPhones: trustsPhones)
    }

    init(router: any Router, trustsPhones: Bool = false) throws {
        let site = try World.site(trustsPhones: trustsPhones)
        self.site = site
        self.router = router
        effects = RouteEffects(provisional: { _, _ in }, event: { _ in })
        core = ProxyCore(site: site, stripe: 0, hashKey: World.hashKey, now: .zero)
    }

    /// A datagram that arrived. The bytes are copied, for that is how they come from a socket.
    func receive(_ bytes: [UInt8], from source: Endpoint) async throws {
        let buffer = bytes.withUnsafeBufferPointer { Array($0) }
        guard
            let (input, _) = Input.message(
                try SIPMessage(buffer), from: source, on: 0, hashKey: World.hashKey, stripes: 1)
        else { throw Unexpected("a message that is dropped") }
        try await process(input)
    }

    private func process(_ input: consuming Input) async throws {
        var outputs = spare.popLast() ?? []
        core.receive(consume input, at: now, into: &outputs)
        outputs.reverse()
        while let output = outputs.popLast() {
            switch consume output {
            case .send(let bytes, _, _, _): sent.append(bytes)
            case .sendNamed(let bytes, _, _, _, _): sent.append(bytes)
            case .sendLarge(let bytes, _, _, _): sent.append(bytes)
            case .route(let arrival): try await route(arrival)
            case .failed(let search): throw Unexpected("\(search.best.status)")
            case .resolve(let query): throw Unexpected("\(query)")
            case .setAside(let endpoint, _): throw Unexpected("\(endpoint)")
            case .gateway(let id, _): throw Unexpected("\(id)")
            case .answer(let outcome): throw Unexpected("\(outcome.result)")
            case .event(.refused(_, let reason, _)): throw Unexpected(reason)
            case .event: break
            }
        }
        spare.append(outputs)
    }

    private func route(_ arrival: Arrival) async throws {
        randoms += 1
        var request = RoutedRequest(
            arrival, site: site, time: World.time, random: randoms, effects: effects)
        let action: Action
        do {
            action = try await router.route(&request)
        } catch let rejection as Rejection {
            action = Action(.reply(Reply(rejection)))
        }
        try await process(.routed(consume request, action))
    }
}
