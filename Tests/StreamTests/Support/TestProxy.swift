import Logging
import SIPCore
import SIPProxy
import SIPTransport

/// A proxy on free ports, which is stopped at the end of the test.
func withProxy<Result>(
    _ transports: [Transport] = [.tcp], on address: IPAddress = .loopback,
    _ change: (inout ProxySettings) -> Void = { _ in },
    route: @escaping ClosureRouter.Route = answersOrRelays,
    _ test: (TestProxy) async throws -> Result
) async throws -> Result {
    try await withProxy(transports, on: address, change, router: ClosureRouter(route), test)
}

/// The same with a router of a type of its own.
func withProxy<Result>(
    _ transports: [Transport], on address: IPAddress = .loopback,
    _ change: (inout ProxySettings) -> Void = { _ in }, router: some Router,
    _ test: (TestProxy) async throws -> Result
) async throws -> Result {
    var settings = ProxySettings(
        listen: transports.map { Endpoint($0, address, port: 0) }, domains: ["voice.test"])
    settings.eventLoops = 2
    settings.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    // The machine may be busy with something else.
    settings.streams.messageTime = .seconds(60)
    settings.streams.handshakeTime = .seconds(60)
    settings.streams.connectTime = .seconds(60)
    change(&settings)
    let proxy = Proxy(settings, router: router)
    let events = proxy.events()
    try await proxy.start()
    do {
        let result = try await test(TestProxy(proxy: proxy, events: events))
        await proxy.stop()
        return result
    } catch {
        await proxy.stop()
        throw error
    }
}

/// Answers what is for the proxy itself, and passes everything else on.
@Sendable func answersOrRelays(_ request: inout RoutedRequest) async throws -> Action {
    request.recordRoute()
    if let dialog = try request.followRoute() { return .relay(in: dialog) }
    return request.isForUs ? .reply(.ok) : .relay(unchecked: .anybodyToAnywhere)
}

struct TestProxy {
    let proxy: Proxy
    let events: AsyncStream<ProxyEvent>

    /// Where it listens for a transport.
    func endpoint(_ transport: Transport) throws -> Endpoint {
        guard let endpoint = proxy.addresses.first(where: { $0.transport == transport }) else {
            throw Wire.Trouble.closed
        }
        return endpoint
    }

    /// Waits for a connection to end, and says why.
    func end() async -> StreamEnd? {
        for await event in events {
            if case .connectionEnded(let end, _) = event { return end }
        }
        return nil
    }
}
