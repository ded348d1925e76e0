public import SIPCore

/// What came of a request that was relayed, when nobody took it: the best of the final responses (RFC 3261 16.7 step 6).
///
/// ``Router/failed(_:with:)`` is given it, and ``Action/reply(with:)`` sends it back.
public struct BestResponse: Sendable {
    /// 300 to 699: a 2xx never fails. Nobody in time is 408, nobody to be reached is 503.
    public let status: SIPStatus
    /// How often the request was relayed until now, 1 and up: a bound for a route that tries again.
    public let attempts: Int
    /// The response as it came; empty when the proxy stands in for somebody who said nothing.
    private let bytes: [UInt8]

    package init(_ status: SIPStatus, attempts: Int, bytes: [UInt8] = []) {
        self.status = status
        self.attempts = attempts
        self.bytes = bytes
    }

    /// The first line of a header as it stands in the response; nil when there is none, or no response came.
    public subscript(name: HeaderName) -> ByteSlice? { message?[name] }

    /// Where a 3xx sends the caller, the highest q first (RFC 3261 8.1.3.4); what is no URI is left out.
    ///
    /// Nobody vouches for them: ``RoutedRequest/contacts(redirectedBy:in:for:)`` makes targets of those that may be called.
    public var redirections: [Contact] {
        guard (300..<400).contains(status.code),
            case .contacts(let contacts)? = try? message?.contacts
        else { return [] }
        // The order of those with the same q stays.
        return contacts.enumerated().sorted {
            let (left, right) = ($0.element.q ?? 1000, $1.element.q ?? 1000)
            return left == right ? $0.offset < $1.offset : left > right
        }.map(\.element)
    }

    /// The response as it came, with every header in its type; nil when none came.
    public var message: SIPResponse? {
        guard !bytes.isEmpty, case .response(let response)? = try? SIPMessage(bytes) else {
            return nil
        }
        return response
    }
}

/// A search that failed, for the route to decide about: a class, so that it moves as one reference.
package final class FailedSearch: Sendable {
    package let request: RoutedRequest
    package let best: BestResponse

    init(_ request: RoutedRequest, _ best: BestResponse) {
        self.request = request
        self.best = best
    }
}
