public import SIPCore

/// Where a response goes (RFC 3261 18.2.2, RFC 3581 section 4).
public enum ResponseDestination: Hashable, Sendable {
    /// To this endpoint; over a stream transport, on the connection that the request came on, if it
    /// is still open.
    case endpoint(Endpoint)
    /// To a host whose address must be asked for, by RFC 3263 section 5.
    case host(Host, port: UInt16?, Transport)

    /// The destination of the response to a request whose source is known: it needs no name to be
    /// resolved, and never leaves for an address that the request did not come from.
    public init(via: Via, source: Endpoint) {
        self = .endpoint(Endpoint(receivedFrom: source, via: via))
    }

    /// The destination that the top Via of a response alone gives, as a server has filled it in;
    /// nil when its transport is none of ours.
    ///
    /// - Parameter via: one that this server, or one that it trusts, wrote `received` and `rport`
    ///   into.
    public init?(via: Via) {
        guard let transport = via.transport else { return nil }
        // "if the Via header field value contains a "maddr" parameter, the response MUST be
        // forwarded to the address listed there" (18.2.2): not here. It would let anybody aim
        // responses at whomever, groups of receivers included; RFC 3261 has it for multicast, which
        // nothing here listens on.
        let port = via.port ?? transport.defaultPort
        guard let received = via.receivedAddress else {
            // "Otherwise, if it is not receiver-tagged, the response MUST be sent to the address
            // indicated by the "sent-by" value, using the procedures in Section 5 of [4]"
            if let address = via.host.address {
                self = .endpoint(Endpoint(transport, address, port: port))
            } else {
                self = .host(via.host, port: via.port, transport)
            }
            return
        }
        // "the response MUST be sent to the IP address listed in the "received" parameter, and the
        // port in the "rport" parameter" (RFC 3581 4); over streams, when the connection is gone,
        // "the port in the "sent-by" value" holds.
        if case .port(let rport) = via.rport, !transport.isReliable {
            self = .endpoint(Endpoint(transport, received, port: rport))
        } else {
            // "using the port indicated in the "sent-by" value, or using port 5060 if none is
            // specified explicitly"
            self = .endpoint(Endpoint(transport, received, port: port))
        }
    }
}

extension Endpoint {
    /// Where the responses to a request go that came from `source`: always back to that address.
    package init(receivedFrom source: Endpoint, via: Via) {
        self = source
        // Over a stream the response takes the request's connection; where it leads to when that is
        // gone is the port of the sent-by. Over UDP, `rport` asks for the source port, and without
        // it the port of the sent-by holds. The address is that of `received`, which is the
        // source's, or equal to it.
        guard source.transport.isReliable || via.rport == .absent else { return }
        port = via.port ?? source.transport.defaultPort
    }
}
