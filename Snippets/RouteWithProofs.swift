// A route as a type, with its own functions: who may do what is in the signatures.

import SIPProxy

struct Office<Users: Subscribers, Phones: Location>: Router {
    let users: Users
    let phones: Phones

    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 10)  // or 483
        try request.limitSize(to: 65_535)  // or 513
        if request.method != .register { request.recordRoute() }
        if let dialog = try request.followRoute() { return .relay(in: dialog) }

        switch request.method {
        case .ack: return .drop
        case .register: return try await register(&request)
        case .invite: return try await invite(&request)
        default: return try await deliver(&request)
        }
    }

    private func register(_ request: inout RoutedRequest) async throws -> Action {
        let caller = try await request.authenticate(against: users)  // or 401
        let owner = try caller.owning(request.to)  // or 403
        return try await phones.save(request, for: owner)
    }

    private func invite(_ request: inout RoutedRequest) async throws -> Action {
        let caller = try await request.authenticate(against: users)  // or 407
        _ = try caller.owning(request.from)  // or 403
        request.consumeCredentials()
        guard request.isForUs else { return .relay(for: caller) }
        return try await deliver(&request)
    }

    private func deliver(_ request: inout RoutedRequest) async throws -> Action {
        if let alias = try await request.alias(in: phones) { request.uri = alias }
        guard request.isForUs else { throw Rejection(.forbidden) }
        return .relay(to: try await request.contacts(in: phones))  // or 404
    }
}
