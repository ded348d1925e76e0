import SIPCore

extension Transport {
    /// The labels of its SRV records (RFC 3263 section 4.2; for WebSocket as RFC 7118 section 5.5 suggests).
    var serviceLabels: StaticString {
        switch self {
        case .udp: "_sip._udp"
        case .tcp: "_sip._tcp"
        case .tls: "_sips._tcp"
        case .ws: "_sip._ws"
        case .wss: "_sips._ws"
        }
    }

    /// The transport that a NAPTR record's service stands for (RFC 3263 section 4.1, RFC 7118 section 5.5); nil for what is none
    /// of ours, such as "SIP+D2S".
    init?(service: [UInt8]) {
        let service = ByteSlice(service)
        if service.equalsIgnoringCase("SIP+D2U") {
            self = .udp
        } else if service.equalsIgnoringCase("SIP+D2T") {
            self = .tcp
        } else if service.equalsIgnoringCase("SIPS+D2T") {
            self = .tls
        } else if service.equalsIgnoringCase("SIP+D2W") {
            self = .ws
        } else if service.equalsIgnoringCase("SIPS+D2W") {
            self = .wss
        } else {
            return nil
        }
    }
}
