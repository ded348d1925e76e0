// error: missing argument for parameter 'for' in call
import SIPProxy

struct TollFraud: Router {
    func route(_ request: inout RoutedRequest) async throws -> Action {
        .relay(to: try request.gateways("pstn"))
    }
}
