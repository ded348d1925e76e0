// error: missing return in instance method expected to return 'Action'

import SIPProxy

struct Doorman: Router {
    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 10)
        if request.method == .ack { return .drop }
    }
}
