import SIPCore

/// A dialog as one side keeps it (RFC 3261 12.1).
final class PhoneDialog {
    /// The local address with its tag, and the remote one.
    let local: String
    let remote: String
    let remoteTag: String?
    let remoteTarget: String
    /// First hop first.
    let routeSet: [String]
    var cseq = 100

    /// "The route set MUST be set to the list of URIs in the Record-Route header field from the response, taken in
    /// reverse order" (12.1.2).
    init(caller response: Letter, local: String) {
        self.local = local
        remote = response.value("To") ?? ""
        remoteTag = response.toTag
        remoteTarget = response.contact ?? ""
        routeSet = response.values("Record-Route").reversed()
    }

    /// "taken in order" (12.1.1).
    init(callee request: Letter, localTag: String) {
        local = "\(request.value("To") ?? "");tag=\(localTag)"
        remote = request.value("From") ?? ""
        remoteTag = request.fromTag
        remoteTarget = request.contact ?? ""
        routeSet = request.values("Record-Route")
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
