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
}

/// A router made of a closure, so that a small proxy needs no type of its own.
public struct ClosureRouter: Router {
    private let body: @Sendable (inout RoutedRequest) async throws -> Action

    /// - Parameter body: what ``Router/route(_:)`` does.
    public init(_ body: @escaping @Sendable (inout RoutedRequest) async throws -> Action) {
        self.body = body
    }

    public func route(_ request: inout RoutedRequest) async throws -> Action {
        try await body(&request)
    }
}
