// error: value of optional type 'Peer?' must be unwrapped to a value of type 'Peer'

import SIPProxy

struct Trusting: Router {
    func route(_ request: inout RoutedRequest) async throws -> Action {
        let peer = request.trustedPeer
        return .relay(via: peer)
    }
}
