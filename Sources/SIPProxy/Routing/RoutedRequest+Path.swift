import SIPCore
public import SIPLocation

extension RoutedRequest {
    /// Stays on the path of requests to the phone that registers (RFC 3327 5.2): what an edge proxy does with a REGISTER that it
    /// passes on to its registrar.
    ///
    /// The Path that is added carries where the REGISTER came from, signed. ``followPath()`` knows it again.
    ///
    /// - Parameter mode: what happens when the phone does not say `Supported: path`; strict also asks the registrar for support.
    /// - Throws: ``Rejection`` 421 with `Require: path` for such a phone, when the mode is strict.
    public mutating func addPath(_ mode: PathMode = .strict) throws {
        guard method == .register else { return }
        if mode == .strict {
            // "If the UA has not indicated support for the extension and the proxy requires support for it in the registrar, the
            // proxy SHOULD reject the request with a 421".
            guard message.supported.contains("path") else {
                throw Rejection(.extensionRequired).with(.require, bytes: Array("path".utf8))
            }
            // "the proxy SHOULD insert a Requires header field value for this extension".
            if !message.require.contains("path") {
                edits.addedHeaders.append(HeaderText(HeaderName(.require), Array("path".utf8)))
            }
        }
        edits.addsPath = true
        // RFC 5626 5.1: "the first node MUST include an "ob" URI parameter in its Path header field value."
        if isFromPhone, case .contacts(let contacts)? = try? message.contacts {
            edits.isOutbound = contacts.contains { $0.regID != nil }
        }
    }

    /// Takes our own Path off the Route set, with which a registrar sends a request to a phone that registered through us.
    ///
    /// To be asked before ``followRoute()``, which takes off whatever is ours.
    ///
    /// - Returns: the proof that it is one that ``addPath(_:)`` made; nil when the first Route is none.
    /// - Throws: ``Rejection`` 400 when a Route can't be read.
    public mutating func followPath() throws -> RegisteredPath? {
        let request = arrival.request
        // Of our entries only a Path has a user part.
        guard let line = request.message.firstLine(of: .route),
            request.message.value(line).contains(0x40),
            let first = request.message.elements(of: .route).first(where: { _ in true }),
            let route = try? NameAddress(first).uri.sip, let user = route.user,
            site.responsibility.includes(route),
            let flow = FlowToken.read(user, site.signature, at: time),
            // RFC 5626 5.3: "If the flow in the flow token […] matches the source IP address and port of the request, the request is an
            // "outgoing" request".
            flow.remote != source,
            try popOwnRoutes() != nil
        else { return nil }
        edits.flow = flow
        edits.isOnPath = true
        edits.isProven = true
        return RegisteredPath(phone: flow.remote)
    }
}
