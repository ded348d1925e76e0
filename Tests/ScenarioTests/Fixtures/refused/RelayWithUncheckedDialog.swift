// error: value of optional type 'Dialog?' must be unwrapped to a value of type 'Dialog'

import SIPProxy

struct Trusting: Router {
    func route(_ request: inout RoutedRequest) async throws -> Action {
        let dialog = try request.followRoute()
        return .relay(in: dialog)
    }
}
