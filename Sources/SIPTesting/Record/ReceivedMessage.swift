public import SIPCore

/// A message as somebody received it, with its parts as text: what tests ask of it.
public struct ReceivedMessage: Sendable {
    /// The message.
    public let message: SIPMessage
    /// Where it came from.
    public let source: Endpoint
    /// When it came.
    public let moment: Instant

    /// Nil when the bytes are no message.
    package init?(_ bytes: [UInt8], from source: Endpoint, at moment: Instant) {
        guard let message = try? SIPMessage(bytes) else { return nil }
        self.message = message
        self.source = source
        self.moment = moment
    }

    /// The message as it stands.
    public var text: String { String(decoding: headers.message.bytes, as: UTF8.self) }

    private var headers: any HeaderReading {
        switch message {
        case .request(let request): request
        case .response(let response): response
        }
    }
}

// MARK: - The start line

extension ReceivedMessage {
    package var request: SIPRequest? {
        if case .request(let request) = message { request } else { nil }
    }

    package var response: SIPResponse? {
        if case .response(let response) = message { response } else { nil }
    }

    /// The method of a request; nil for a response.
    public var method: String? { request.map { String(describing: $0.method) } }

    /// The status code of a response, 100 to 699; nil for a request.
    public var status: Int? { response.map { Int($0.status.code) } }

    /// The reason phrase of a response.
    public var reason: String? { response.map { String($0.reasonPhrase) } }

    /// Whether it is a response with a final status.
    public var isFinal: Bool { status.map { $0 >= 200 } ?? false }

    /// The Request-URI; nil for a response.
    public var requestURI: String? {
        request.map { String(ByteSlice($0.message.bytes, $0.uriRange)) }
    }
}

// MARK: - Headers and body

extension ReceivedMessage {
    /// The first line of a header, folds and all; nil when there is none.
    public func value(_ name: HeaderName) -> String? { headers[name].map(String.init) }

    /// The values of a header whose grammar is a list, over all its lines.
    public func values(_ name: HeaderName) -> [String] {
        name.known == .other
            ? headers.values(of: name).map(String.init)
            : headers.elements(of: name.known).map(String.init)
    }

    /// The lines of a header whose values hold commas: credentials, challenges, dates.
    public func lines(_ name: HeaderName) -> [String] {
        headers.values(of: name).map(String.init)
    }

    /// The Call-ID; empty when there is none.
    public var callID: String { value("Call-ID") ?? "" }
    /// The number of the CSeq; 0 when there is none.
    public var cseq: Int { (try? headers.cseq.number).map { Int($0) } ?? 0 }
    /// The method of the CSeq: what a response answers.
    public var cseqMethod: String {
        (try? headers.cseq.method).map { String(describing: $0) } ?? ""
    }
    /// The tag of From.
    public var fromTag: String? { (try? headers.from.tag).flatMap { $0 }.map(String.init) }
    /// The tag of To; a request that has one belongs to a dialog.
    public var toTag: String? { (try? headers.to.tag).flatMap { $0 }.map(String.init) }
    package var topVia: Via? { try? headers.topVia }
    /// The branch of the topmost Via; empty when there is none.
    public var branch: String { topVia?.branch.map(String.init) ?? "" }
    /// The body as text.
    public var body: String { String(headers.body) }

    /// The URI of the first Contact, without its brackets.
    public var contact: String? {
        guard case .contacts(let contacts)? = try? headers.contacts else { return nil }
        return contacts.first.map { String($0.uri.text) }
    }
}

extension String {
    /// An address without display name, brackets and what follows them.
    package var bareURI: String {
        guard let start = firstIndex(of: "<"), let end = firstIndex(of: ">") else { return self }
        return String(self[index(after: start)..<end])
    }
}

extension Endpoint {
    /// `host:port`, as it stands in Via and Contact.
    package var hostPort: String { String(description.dropFirst("\(transport):".count)) }

    /// The host alone; IPv6 in brackets.
    package var host: String { String(hostPort.dropLast(":\(port)".utf8.count)) }
}
