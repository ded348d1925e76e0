public import SIPCore

/// What a server writes into the top Via of a request that it received: where the request came
/// from.
public struct ViaReceipt: Hashable, Sendable {
    /// The value for `received`; nil when the Via is to have none.
    public let received: IPAddress?
    /// The value for `rport`; nil when the Via is to have none.
    public let rport: UInt16?

    /// What a top Via needs, by RFC 3261 18.2.1 and RFC 3581 section 4.
    ///
    /// A client that wrote either parameter with a value of its own does not have its way: what
    /// stands there afterwards is what was seen.
    public init(via: Via, source: Endpoint) {
        let asksForPort = via.rport != .absent
        // "If this Via header field value contains an "rport" parameter with no value, it MUST set
        // the value of the parameter to the source port of the request" (RFC 3581 4)
        rport = asksForPort ? source.port : nil
        // "If the host portion of the "sent-by" parameter contains a domain name, or if it contains
        // an IP address that differs from the packet source address, the server MUST add a
        // "received" parameter" (18.2.1); with rport it does so "even if it is identical to the
        // value of the "sent-by" component" (RFC 3581 4)
        let isWanted =
            asksForPort || via.received != nil || via.host.address != source.address
        received = isWanted ? source.address : nil
    }

    /// Whether the Via can stay as it is.
    public var isEmpty: Bool { received == nil && rport == nil }
}
