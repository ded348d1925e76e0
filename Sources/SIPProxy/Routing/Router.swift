/// What happens to each request: a plain Swift function that ends in an ``Action``.
///
/// The proxy calls ``route(_:)`` for every new request that is well-formed, never for retransmissions, CANCELs or responses.
/// It runs on the event loop that received the request; when nothing waits, the answer leaves in the same turn.
///
/// ```swift
/// struct Doorman: Router {
///     func route(_ request: inout RoutedRequest) async throws -> Action {
///         try request.limitHops(to: 10)
///         return .reply(.notFound)
///     }
/// }
/// ```
public protocol Router: Sendable {
    /// Decides about one request.
    ///
    /// - Parameter request: the request; what a route changes goes to the copies that are sent.
    /// - Throws: a ``Rejection``, which becomes its response; any other error is logged and answered 500.
    func route(_ request: inout RoutedRequest) async throws -> Action

    /// Decides what becomes of a request that was relayed and that nobody took: all targets have refused, or did not answer.
    ///
    /// Not called for requests inside of a dialog, which have nobody else to go to, nor after a CANCEL; at most 15 times for a
    /// request.
    ///
    /// ```swift
    /// func failed(_ request: inout RoutedRequest, with best: BestResponse) async throws -> Action {
    ///     guard best.status == .busyHere, best.attempts == 1 else { return .reply(with: best) }
    ///     return .relay(to: try await request.contacts(of: voicemail, in: location))
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - request: as the route left it, its ``RoutedRequest/attachment`` included.
    ///   - best: the best response of the targets that were asked last.
    /// - Throws: as ``route(_:)``.
    func failed(_ request: inout RoutedRequest, with best: BestResponse) async throws -> Action

    /// Looks at a response that a request brought, before it is passed on or compared with others: all but 100, and every copy of
    /// a 2xx.
    ///
    /// It is a function of the response: it runs while the proxy holds the call, so it must not wait, and must not ask the proxy.
    ///
    /// - Parameter response: what a route changes stands in the response that goes back.
    func responded(_ response: inout RoutedResponse)
}

extension Router {
    /// Sends the best response back.
    public func failed(
        _ request: inout RoutedRequest, with best: BestResponse
    ) async throws -> Action {
        .reply(with: best)
    }

    /// Leaves it as it is.
    public func responded(_ response: inout RoutedResponse) {}
}

/// A router made of a closure, so that a small proxy needs no type of its own.
public struct ClosureRouter: Router {
    /// What ``Router/route(_:)`` does.
    public typealias Route = @Sendable (inout RoutedRequest) async throws -> Action
    /// What ``Router/failed(_:with:)`` does.
    public typealias Failed = @Sendable (inout RoutedRequest, BestResponse) async throws -> Action

    private let body: Route
    private let failure: Failed?

    /// - Parameters:
    ///   - body: what ``Router/route(_:)`` does.
    ///   - failed: what ``Router/failed(_:with:)`` does; nil: the best response goes back.
    public init(_ body: @escaping Route, failed: Failed? = nil) {
        self.body = body
        failure = failed
    }

    public func route(_ request: inout RoutedRequest) async throws -> Action {
        try await body(&request)
    }

    public func failed(
        _ request: inout RoutedRequest, with best: BestResponse
    ) async throws -> Action {
        guard let failure else { return .reply(with: best) }
        return try await failure(&request, best)
    }
}
