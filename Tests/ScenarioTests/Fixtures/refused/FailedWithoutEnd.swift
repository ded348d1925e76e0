// error: missing return in instance method expected to return 'Action'

import SIPProxy

struct Voicemail: Router {
    func route(_ request: inout RoutedRequest) async throws -> Action { .drop }

    func failed(_ request: inout RoutedRequest, with best: BestResponse) async throws -> Action {
        if best.status != .busyHere { return .reply(with: best) }
    }
}
