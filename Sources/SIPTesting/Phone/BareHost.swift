public import SIPCore

/// A host that says what a test tells it to and keeps what it hears: a gateway, another proxy, a stranger.
///
/// It answers nothing by itself.
public final class BareHost: NetworkHost {
    /// Where it is on the network.
    public let endpoint: Endpoint
    /// What came, in its order.
    public private(set) var inbox: [ReceivedMessage] = []
    /// What came that is no SIP message.
    package private(set) var noise = 0
    private let network: VirtualNetwork
    private let proxy: Endpoint
    private var issued = 0

    package init(_ endpoint: Endpoint, on network: VirtualNetwork, proxy: Endpoint) {
        self.endpoint = endpoint
        self.network = network
        self.proxy = proxy
        network.attach(self, at: endpoint)
    }

    /// A datagram arrived: the network says so.
    public func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) {
        if let message = ReceivedMessage(bytes, from: source, at: network.clock.now) {
            inbox.append(message)
        } else {
            noise += 1
        }
    }

    /// `host:port`, as it stands in Via and Contact.
    public var hostPort: String { endpoint.hostPort }

    /// Sends a message.
    ///
    /// - Parameter destination: where to; nil: to the proxy.
    public func send(_ text: String, to destination: Endpoint? = nil) {
        send(Array(text.utf8), to: destination)
    }

    /// Sends bytes, whatever they are.
    public func send(_ bytes: [UInt8], to destination: Endpoint? = nil) {
        network.send(bytes, from: endpoint, to: destination ?? proxy)
    }

    /// Sends a request to the proxy.
    public func send(_ request: RequestText) { send(request.text) }

    /// Sends a request, lets a tenth of a second pass, and returns what came meanwhile.
    @discardableResult
    public func ask(_ request: RequestText) async -> [ReceivedMessage] { await ask(request.text) }

    package func ask(_ text: String) async -> [ReceivedMessage] { await ask(Array(text.utf8)) }

    package func ask(_ bytes: [UInt8]) async -> [ReceivedMessage] {
        let before = inbox.count
        send(bytes)
        await network.clock.run(for: .milliseconds(100))
        return Array(inbox[before...])
    }

    /// A request that is right in every way, of a dialog of its own.
    public func request(
        _ method: String, _ uri: String, from: String = "sip:mallory@voice.test",
        to: String? = nil
    ) -> RequestText {
        issued += 1
        return RequestText(
            method: method, uri: uri,
            vias: ["SIP/2.0/UDP \(hostPort);branch=z9hG4bK\(endpoint.port)x\(issued);rport"],
            from: "<\(from)>;tag=h\(issued)", to: to ?? "<\(uri)>",
            callID: "\(issued)-\(hostPort)", contact: "sip:mallory@\(hostPort)")
    }

    /// The response to a request that this host received.
    ///
    /// - Parameters:
    ///   - tag: the tag of To, where the request has none; nil: none.
    ///   - lines: further header lines, whole.
    ///   - contact: the URI of a Contact.
    public func respond(
        _ status: Int, _ reason: String = "Whatever", to request: ReceivedMessage,
        tag: String? = "b",
        lines: [String] = [], contact: String? = nil
    ) {
        var all = ["SIP/2.0 \(status) \(reason)"]
        all += request.lines("Via").map { "Via: \($0)" }
        all += request.values("Record-Route").map { "Record-Route: \($0)" }
        var to = request.value("To") ?? ""
        if let tag, request.toTag == nil { to += ";tag=\(tag)" }
        all += [
            "From: \(request.value("From") ?? "")", "To: \(to)", "Call-ID: \(request.callID)",
            "CSeq: \(request.value("CSeq") ?? "")",
        ]
        if let contact { all.append("Contact: <\(contact)>") }
        all += lines + ["Content-Length: 0", "", ""]
        send(all.joined(separator: "\r\n"), to: request.source)
    }

    /// What came with that method, or, with a number, with that status.
    public func heard(_ what: String) -> [ReceivedMessage] {
        inbox.filter { $0.method == what || $0.status.map(String.init) == what }
    }
}
