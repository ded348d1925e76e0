import SIPCore
import Testing

/// A message as somebody received it, with its parts as text: what tests ask of it.
struct Letter {
    let message: SIPMessage
    let source: Endpoint
    let moment: Instant

    /// Nil when the bytes are no message.
    init?(_ bytes: [UInt8], from source: Endpoint, at moment: Instant) {
        guard let message = try? SIPMessage(bytes) else { return nil }
        self.message = message
        self.source = source
        self.moment = moment
    }

    var request: SIPRequest? {
        if case .request(let request) = message { request } else { nil }
    }

    var response: SIPResponse? {
        if case .response(let response) = message { response } else { nil }
    }

    /// The method of a request; nil for a response.
    var method: String? { request.map { String(describing: $0.method) } }

    /// The code of a response; nil for a request.
    var status: Int? { response.map { Int($0.status.code) } }

    var reason: String? { response.map { String($0.reasonPhrase) } }

    /// Whether it is a response with a final status, or none at all.
    var isFinal: Bool { status.map { $0 >= 200 } ?? false }

    var requestURI: String? { request.map { String(ByteSlice($0.message.bytes, $0.uriRange)) } }

    /// The first line of a header, folds and all.
    func value(_ name: HeaderName) -> String? { headers[name].map(String.init) }

    /// The values of a header whose grammar is a list, over all its lines.
    func values(_ name: HeaderName) -> [String] {
        name.known == .other
            ? headers.values(of: name).map(String.init)
            : headers.elements(of: name.known).map(String.init)
    }

    /// The lines of a header whose values hold commas: credentials, challenges, dates.
    func lines(_ name: HeaderName) -> [String] { headers.values(of: name).map(String.init) }

    var callID: String { value("Call-ID") ?? "" }
    var cseq: Int { (try? headers.cseq.number).map { Int($0) } ?? 0 }
    var cseqMethod: String { (try? headers.cseq.method).map { String(describing: $0) } ?? "" }
    var fromTag: String? { (try? headers.from.tag).flatMap { $0 }.map(String.init) }
    var toTag: String? { (try? headers.to.tag).flatMap { $0 }.map(String.init) }
    var topVia: Via? { try? headers.topVia }
    var branch: String { topVia?.branch.map(String.init) ?? "" }
    var body: String { String(headers.body) }

    /// The URI of the first Contact, without its brackets.
    var contact: String? {
        guard case .contacts(let contacts)? = try? headers.contacts else { return nil }
        return contacts.first.map { String($0.uri.text) }
    }

    /// The message as it stands.
    var text: String { String(decoding: headers.message.bytes, as: UTF8.self) }

    private var headers: any HeaderReading {
        switch message {
        case .request(let request): request
        case .response(let response): response
        }
    }
}

extension Letter: CustomTestStringConvertible {
    /// The message as it stands, for a test that fails.
    var testDescription: String { "from \(source):\n\(text)" }
}

extension String {
    /// An address without display name, brackets and what follows them.
    var bareURI: String {
        guard let start = firstIndex(of: "<"), let end = firstIndex(of: ">") else { return self }
        return String(self[index(after: start)..<end])
    }
}
