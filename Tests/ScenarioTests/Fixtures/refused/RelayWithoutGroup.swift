// error: cannot convert value of type 'Caller' to expected argument type 'Member'

import SIPProxy

struct Gateway<Users: Subscribers>: Router {
    let users: Users

    func route(_ request: inout RoutedRequest) async throws -> Action {
        let caller = try await request.authenticate(against: users)
        return .relay(by: caller)
    }
}
