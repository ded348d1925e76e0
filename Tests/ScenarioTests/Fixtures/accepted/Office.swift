import SIPProxy

struct Office: Router {
    let users: FixedSubscribers
    let phones: LocationService
    let gateway: URI

    func route(_ request: inout RoutedRequest) async throws -> Action {
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        if let peer = request.trustedPeer { return .relay(via: peer) }
        let caller = try await request.authenticate(against: users)
        if request.method == .register {
            return try await phones.save(request, for: caller.owning(request.to))
        }
        guard request.isForUs else { return .relay(for: caller) }
        request.attachment = 1
        return .relay(
            to: try await request.contacts(in: phones).then(.foreign(gateway, for: caller)),
            ringing: .seconds(20), atMost: .seconds(60))
    }

    func failed(_ request: inout RoutedRequest, with best: BestResponse) async throws -> Action {
        guard best.status == .busyHere, let first = request.attachment as? Int, first == 1 else {
            return .reply(with: best)
        }
        let others = try await request.contacts(redirectedBy: best, in: phones, for: request.caller)
        return .relay(to: try others.with("X-Try", "2"))
    }

    func responded(_ response: inout RoutedResponse) { response.remove("Server") }
}
