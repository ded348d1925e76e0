public import SIPCore

/// A response on its way back, as ``Router/responded(_:)`` sees it: what it says, and what goes back different.
public struct RoutedResponse: Sendable {
    private let received: ReceivedResponse
    private let value: Attachment?
    var removed: [HeaderName] = []
    var added: [HeaderText] = []

    init(_ received: ReceivedResponse, _ value: Attachment?) {
        self.received = received
        self.value = value
    }

    /// The response as it came, with every header in its type: `response.message.contacts`, `.retryAfter`.
    public var message: SIPResponse { received.response }

    /// 101 to 699.
    public var status: SIPStatus { received.response.status }

    /// The method of the request that it answers.
    public var method: SIPMethod { received.essentials.cseq.method }

    /// The address that it came from, whatever its headers say.
    public var source: Endpoint { received.source }

    /// What the route attached to the request (``RoutedRequest/attachment``); nil when that was nothing.
    public var attachment: (any Sendable)? { value?.value }

    /// The first line of a header as it stands in the response; nil when there is none.
    public subscript(name: HeaderName) -> ByteSlice? { received.response[name] }

    /// Adds a header to the response that goes back.
    ///
    /// - Throws: ``HeaderError`` when name or value can't stand in a header, or the name is one that only the proxy writes.
    public mutating func add(_ name: HeaderName, _ value: String) throws(HeaderError) {
        added.append(try HeaderText(name, value))
    }

    /// Leaves all lines of a header out of the response that goes back; those that responses are matched by stay
    /// (``HeaderError/reserved(_:)``).
    public mutating func remove(_ name: HeaderName) {
        guard !name.known.isReserved else { return }
        removed.append(name)
    }

    /// Whether anything is to be different.
    var isEdited: Bool { !removed.isEmpty || !added.isEmpty }
}

/// A value of the route's own, in one word.
final class Attachment: Sendable {
    let value: any Sendable
    init(_ value: any Sendable) { self.value = value }
}
