import SIPProxy

struct Office: Router {
    let users: FixedSubscribers
    let phones: LocationService

    func route(_ request: inout RoutedRequest) async throws -> Action {
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        if let peer = request.trustedPeer { return .relay(via: peer) }
        let caller = try await request.authenticate(against: users)
        guard request.method == .register else { return .relay(for: caller) }
        return try await phones.save(request, for: caller.owning(request.to))
    }
}
