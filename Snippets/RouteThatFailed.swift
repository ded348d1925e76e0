// What becomes of a call that nobody took: another gateway, then voicemail.

import SIPProxy

struct Gateways: Router {
    let users: FixedSubscribers
    let gateways = ["sip:gw1.example", "sip:gw2.example", "sip:gw3.example"]

    func route(_ request: inout RoutedRequest) async throws -> Action {
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        request.recordRoute()
        let caller = try await request.authenticate(against: users)
        request.consumeCredentials()
        request.attachment = gateways
        return try next(&request, for: caller)
    }

    func failed(
        _ request: inout RoutedRequest, with best: BestResponse
    ) async throws -> Action {
        guard best.status == .serviceUnavailable || best.status == .requestTimeout,
            let caller = request.caller
        else { return .reply(with: best) }
        return try next(&request, for: caller)
    }

    /// The number stays as it was dialled; the gateway is only the next hop.
    private func next(_ request: inout RoutedRequest, for caller: Caller) throws -> Action {
        guard var rest = request.attachment as? [String], !rest.isEmpty else {
            throw try Rejection(.serviceUnavailable, "No Gateway").with("Retry-After", "60")
        }
        let gateway = try URI(ByteSlice(rest.removeFirst()))
        request.attachment = rest
        return .relay(
            to: .foreign(request.uri, through: gateway, for: caller), ringing: .seconds(60))
    }
}
