import SIPCore
import SIPProxy
import SIPTesting

/// A header or part of a message that is not as the RFC prints it.
struct CallFlowDifference {
    let field: String
    let text: String
}

extension ReceivedMessage {
    /// `INVITE`, `200 INVITE`.
    var kind: String {
        guard let status else { return method ?? "" }
        return "\(status) \(cseqMethod)"
    }

    /// The hosts of the URIs of a header.
    func hosts(_ name: HeaderName) -> [String] { values(name).compactMap(\.uriHost) }

    /// Who sent the message on its way, the last first: the sent-by of each Via.
    var senders: [String] {
        values("Via").compactMap { try? Via(ByteSlice($0)) }.map { via in
            "\(via.host):\(via.port ?? 5060)"
        }
    }

    /// The realms of credentials or challenges; a realm may have one for each algorithm.
    func realms(_ name: HeaderName) -> Set<String> {
        Set(
            lines(name).compactMap { line in
                guard let start = line.firstRange(of: "realm=\"") else { return nil }
                return String(line[start.upperBound...].prefix { $0 != "\"" })
            })
    }

    /// The branches of the Vias of phones: those of proxies are made up anew in each run.
    private var branches: [String] {
        values("Via").compactMap { try? Via(ByteSlice($0)) }
            .filter { String(describing: $0.host).hasPrefix("client.") }
            .compactMap { $0.branch.map(String.init) }
    }

    /// Where the message came from as each hop saw it, but for the sender itself.
    private var received: [String] {
        values("Via").dropFirst(method == nil ? 0 : 1).compactMap { try? Via(ByteSlice($0)) }
            .compactMap { $0.received.map { "\($0)" } }
    }

    /// An address, with its tag when a phone gave it.
    private func address(_ name: HeaderName, _ tags: Set<String>) -> String {
        let value = value(name) ?? ""
        guard let tag = name == "To" ? toTag : fromTag, !tags.contains(tag) else { return value }
        return value.replacing(";tag=\(tag)", with: "")
    }

    /// What differs from a message of the RFC, as far as it is not made up anew in each run.
    func differences(from printed: ReceivedMessage, tags: Set<String>) -> [CallFlowDifference] {
        let fields: [(String, (ReceivedMessage) -> String)] = [
            ("start line", { $0.requestURI ?? "\($0.status ?? 0)" }),
            ("Via", { $0.senders.joined(separator: " ") }),
            ("branch", { $0.branches.joined(separator: " ") }),
            ("received", { $0.received.joined(separator: " ") }),
            ("Max-Forwards", { $0.value("Max-Forwards") ?? "" }),
            ("Record-Route", { $0.hosts("Record-Route").joined(separator: " ") }),
            ("Route", { $0.hosts("Route").joined(separator: " ") }),
            ("From", { $0.address("From", tags) }), ("To", { $0.address("To", tags) }),
            ("Call-ID", { $0.callID }), ("CSeq", { $0.value("CSeq") ?? "" }),
            ("Contact", { $0.lines("Contact").joined(separator: " ") }),
            (
                "Proxy-Authorization",
                { $0.realms("Proxy-Authorization").sorted().joined(separator: " ") }
            ),
            (
                "Proxy-Authenticate",
                { $0.realms("Proxy-Authenticate").sorted().joined(separator: " ") }
            ),
            ("Content-Type", { $0.value("Content-Type") ?? "" }), ("body", { $0.body }),
        ]
        return fields.compactMap { field, read in
            let (mine, theirs) = (read(self), read(printed))
            return mine == theirs
                ? nil : CallFlowDifference(field: field, text: "'\(mine)', printed: '\(theirs)'")
        }
    }
}

extension [ReceivedMessage] {
    /// Without retransmissions.
    var firstsOfTransactions: [ReceivedMessage] {
        var seen: Set<String> = []
        return filter { seen.insert("\($0.branch) \($0.kind)").inserted }
    }
}

extension String {
    fileprivate var uriHost: String? {
        guard let address = try? NameAddress(ByteSlice(self)), let uri = address.uri.sip else {
            return nil
        }
        return "\(uri.host)"
    }
}

/// The lines of a message, to be changed.
struct MessageLines {
    private var head: [String]
    private let body: String

    init(_ text: String) {
        let unfolded = text.replacing("\r\n ", with: " ")
        let end = unfolded.firstRange(of: "\r\n\r\n")
        head = unfolded[..<(end?.lowerBound ?? unfolded.endIndex)].split(separator: "\r\n")
            .map(String.init)
        body = end.map { String(unfolded[$0.upperBound...]) } ?? ""
    }

    var text: String { head.joined(separator: "\r\n") + "\r\n\r\n" + body }

    mutating func append(_ line: String) { head.append(line) }

    /// Puts other lines of a header where the first one was.
    mutating func replace(_ name: String, with values: [String]) {
        let place = head.firstIndex { $0.hasPrefix("\(name):") } ?? head.count
        head.removeAll { $0.hasPrefix("\(name):") }
        head.insert(contentsOf: values.map { "\(name): \($0)" }, at: Swift.min(place, head.count))
    }

    func hosts(_ name: String) -> [String] {
        ReceivedMessage(Array(text.utf8), from: Endpoint(.udp, .v4(0), port: 0), at: .zero)?
            .hosts(HeaderName(name)) ?? []
    }
}
