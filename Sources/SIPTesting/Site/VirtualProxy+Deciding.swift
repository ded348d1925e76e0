import SIPCore
import SIPProxy
import SIPTransaction
import Synchronization

/// Routes that decide without a task of their own.
extension VirtualProxy {
    typealias Decision = (request: RoutedRequest, action: Action, effects: Collected)

    func decide(_ arrival: Arrival) async -> Decision {
        let effects = Collected()
        let request = RoutedRequest(
            arrival, site: site, time: network.clock.unixTime, random: randoms.next(),
            effects: self.effects(into: effects))
        return await decide(request, failed: nil, effects)
    }

    func effects(into effects: Collected) -> RouteEffects {
        let (router, keepAlive) = (router, keepAlive)
        var keep: RouteEffects.Keep?
        if !keepAlive.isOff { keep = { keepAlive.set($0, of: $1, in: $2) } }
        return RouteEffects(
            provisional: { arrival, status in effects.add(.provisional(arrival, status)) },
            event: { event in effects.add(event) }, responded: { router.responded(&$0) },
            login: { [site, now = network.clock.now] source, isRight in
                site.noteLogin(
                    from: source, isRight: isRight, at: now, tell: { effects.add($0) })
            },
            keep: keep)
    }

    func decide(
        _ initial: RoutedRequest, failed best: BestResponse?, _ effects: Collected
    ) async -> Decision {
        var request = initial
        let action: Action
        do {
            if let best {
                action = try await router.failed(&request, with: best)
            } else {
                action = try await router.route(&request)
            }
        } catch {
            if !(error is Rejection) {
                effects.add(
                    .routeFailed(
                        request.method, error: String(describing: error), callID: request.callID))
            }
            action = Action(.reply(Reply(thrown: error)))
        }
        return (request, action, effects)
    }

    /// What becomes of one request, without the core: the check, and the route.
    ///
    /// - Returns: the outcome, and, when it is a challenge, that as a response.
    package func decide(_ text: String, from source: Endpoint) async -> (
        outcome: RouteOutcome, challenge: ReceivedMessage?
    ) {
        guard let message = try? SIPMessage(Array(text.utf8)),
            let (input, _) = Input.message(
                message, from: source, on: 0, hashKey: hashKey, stripes: 1)
        else { return (.drop, nil) }
        switch input {
        case .request(let received):
            let (request, action, _) = await decide(Arrival(received, session: nil))
            return (RouteOutcome(action, request), challenge(action, from: source))
        case .refused(let refused): return (.reply(refused.refusal.status), nil)
        default: return (.drop, nil)
        }
    }

    private func challenge(_ action: Action, from source: Endpoint) -> ReceivedMessage? {
        guard case .reply(let reply) = action.kind else { return nil }
        var bytes = Array("SIP/2.0 \(reply.status.code) Challenge\r\n".utf8)
        for header in reply.headers {
            header.append(to: &bytes)
            bytes += Array("\r\n".utf8)
        }
        bytes += Array("\r\n".utf8)
        return ReceivedMessage(bytes, from: source, at: network.clock.now)
    }
}

/// What a route causes before it is through.
final class Collected: Sendable {
    private let content = Mutex<(inputs: [Input], events: [ProxyEvent])>(([], []))

    var all: (inputs: [Input], events: [ProxyEvent]) { content.withLock { $0 } }
    func add(_ input: Input) { content.withLock { $0.inputs.append(input) } }
    func add(_ event: ProxyEvent) { content.withLock { $0.events.append(event) } }
}
