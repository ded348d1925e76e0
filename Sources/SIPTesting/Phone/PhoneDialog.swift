import SIPCore

/// A dialog as one side keeps it (RFC 3261 12.1).
public final class PhoneDialog {
    /// The local address with its tag.
    public let local: String
    /// The address of the other side, with its tag.
    public let remote: String
    /// The tag of the other side.
    public let remoteTag: String?
    /// The Contact of the other side: where requests go.
    public let remoteTarget: String
    /// What the proxies that want to stay on the path wrote into Record-Route, first hop first.
    public let routeSet: [String]
    /// The CSeq of the last request of this side. The first INVITE counts from 1: this is well above.
    package var cseq = 100

    /// "The route set MUST be set to the list of URIs in the Record-Route header field from the response, taken in
    /// reverse order" (12.1.2).
    package init(caller response: ReceivedMessage, local: String) {
        self.local = local
        remote = response.value("To") ?? ""
        remoteTag = response.toTag
        remoteTarget = response.contact ?? ""
        routeSet = response.values("Record-Route").reversed()
    }

    /// "taken in order" (12.1.1).
    init(callee request: ReceivedMessage, localTag: String) {
        local = "\(request.value("To") ?? "");tag=\(localTag)"
        remote = request.value("From") ?? ""
        remoteTag = request.fromTag
        remoteTarget = request.contact ?? ""
        routeSet = request.values("Record-Route")
    }

    /// Where requests of this side are sent: to the first proxy that wants to stay on the path, else straight to the other side
    /// (12.2.1.1); nil for a name, which the outbound proxy may look up.
    var nextHop: Endpoint? {
        guard let address = try? NameAddress(ByteSlice(routeSet.first ?? "<\(remoteTarget)>")),
            let uri = address.uri.sip, let host = uri.host.address
        else { return nil }
        return Endpoint(.udp, host, port: uri.port ?? 5060)
    }

    /// A request inside of the dialog (12.2.1.1).
    func request(_ method: String, cseq: Int, callID: String, via: String) -> RequestText {
        var request = RequestText(
            method: method, uri: remoteTarget, vias: [via], from: local, to: remote,
            callID: callID, cseq: cseq)
        request.routes = routeSet
        return request
    }
}
