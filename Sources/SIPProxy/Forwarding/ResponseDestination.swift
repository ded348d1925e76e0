import SIPCore

/// Where the responses to a request go (RFC 3261 18.2.2, RFC 3581 section 4).
enum ResponseDestination {
    /// Always to the address that the request came from, whatever its Via says: nobody can have responses sent to somebody else.
    /// The port is the source's when the client asked for that with `rport`, else that of the sent-by. `maddr` would name
    /// another host and is not followed.
    static func endpoint(of via: Via, from source: Endpoint) -> Endpoint {
        // "If the sent-protocol is a reliable transport protocol […] the response MUST be sent using the existing connection".
        if source.transport.isReliable || via.rport != .absent { return source }
        return Endpoint(
            source.transport, source.address,
            port: via.port ?? source.transport.defaultPort)
    }
}
