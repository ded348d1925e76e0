import SIPCore
import SIPProxy

/// Looks at everything that the proxy sends: rules that hold whatever a test is about.
struct Watch {
    /// Where the request came from that the proxy is at work on.
    private let asker: Endpoint?
    /// A request that lacks headers is answered without them.
    private let isRefused: Bool

    init(_ input: Input, from source: Endpoint?) {
        asker = source
        if case .refused = input { isRefused = true } else { isRefused = false }
    }

    /// What is wrong with a message that goes out; nil when nothing is.
    func complaint(_ bytes: [UInt8], to destination: Endpoint) -> String? {
        guard let flaw = flaw(bytes, to: destination) else { return nil }
        return "\(flaw), to \(destination):\n\(String(decoding: bytes, as: UTF8.self))"
    }

    private func flaw(_ bytes: [UInt8], to destination: Endpoint) -> String? {
        guard let message = try? SIPMessage(bytes) else { return "no SIP message" }
        switch message {
        case .request(let request):
            do {
                _ = try request.check()
            } catch {
                return "a request that is refused: \(error.reason)"
            }
            guard request.message.first(.maxForwards) != nil else { return "no Max-Forwards" }
            guard request.message.contentLength != .absent else { return "no Content-Length" }
        case .response(let response):
            // RFC 3261 18.2.2 as we keep it: a response goes to where the request came from, whatever its Via says.
            if let asker, asker.address != destination.address {
                return "a response to somebody else"
            }
            if isRefused {
                return response.message.flaws.isEmpty ? nil : "a response that is malformed"
            }
            do {
                _ = try response.check()
            } catch {
                return "a response that is refused: \(error.reason)"
            }
        }
        return nil
    }
}
