import Foundation
import SIPProxy

/// Spreads calls over several servers that trust it, gateways or media servers, and knows nothing of users.
///
/// All requests of a call have one Call-ID, so they go to one server, and no table is needed to find it again. When a
/// server is added, only its share of the calls moves (rendezvous hashing). Once a call is answered, phone and server talk
/// without the balancer.
struct LoadBalancer: Router {
    /// `host:port` each.
    let backends: [String]

    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 70)
        guard request.isForUs else { throw Rejection(.forbidden) }
        guard let backend = backend(for: request.callID) else {
            throw Rejection(.serviceUnavailable)
        }
        let user = request.uri.sip?.user.map { "\($0)@" } ?? ""
        request.uri = try URI("sip:\(user)\(backend)")
        // Anybody may call our own servers, and only those: the line above says where it goes.
        return .relay(unchecked: .anybodyToAnywhere)
    }

    /// The backend that scores highest for this call.
    func backend(for callID: ByteSlice) -> String? {
        backends.max { score($0, callID) < score($1, callID) }
    }

    /// FNV-1a over both names, stirred: the same on every balancer, so several can stand side by side.
    private func score(_ backend: String, _ callID: ByteSlice) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(backend.utf8) + Array(String(callID).utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 33)
    }
}

@main struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let backends = (environment["BACKENDS"] ?? "127.0.0.1:5070,127.0.0.1:5080")
            .split(separator: ",").map(String.init)
        let proxy = Proxy(
            listening: [.udp(port: environment["PORT"].flatMap(UInt16.init) ?? 5060)],
            domains: [environment["DOMAIN"] ?? "voice.example"],
            router: LoadBalancer(backends: backends))
        try await proxy.run()
    }
}
