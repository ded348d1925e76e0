package import SIPCore

/// Transport addresses as databases in the field keep them in `location`.
package enum StoredEndpoint {
    /// Column `socket`: `udp:192.0.2.1:5060`.
    package static func socket(_ endpoint: Endpoint) -> ByteSlice {
        ByteSlice(endpoint.description)
    }

    /// Column `received`: `sip:192.0.2.1:5060;transport=tcp`, without the parameter for UDP.
    package static func received(_ endpoint: Endpoint) -> ByteSlice {
        let (transport, text) = (endpoint.transport, endpoint.description)
        let place = text.dropFirst(transport.description.count + 1)
        return ByteSlice(
            transport == .udp ? "sip:\(place)" : "sip:\(place);transport=\(transport)")
    }

    /// The endpoint that either column's text names; nil for any other text.
    package static func parse(_ text: ByteSlice) -> Endpoint? {
        if let uri = (try? URI(text))?.sip {
            guard let address = uri.host.address else { return nil }
            let transport = uri.transport ?? (uri.isSecure ? .tls : .udp)
            return Endpoint(transport, address, port: uri.port ?? transport.defaultPort)
        }
        guard let colon = text.firstIndex(of: 0x3A),
            let transport = Transport(text.slice(0..<colon)),
            // What follows the transport is the host and port of a URI.
            let uri = try? SIPURI(ByteSlice(Array("sip".utf8) + text.dropFirst(colon))),
            let address = uri.host.address
        else { return nil }
        return Endpoint(transport, address, port: uri.port ?? transport.defaultPort)
    }
}
