import SIPCore

/// The requests that belong to one hop and are made from the INVITE that was sent there: CANCEL, and ACK for a final response
/// other than 2xx.
enum HopByHopRequest {
    /// RFC 3261 9.1: "The Request-URI, Call-ID, To, the numeric part of CSeq, and From header fields in the CANCEL request MUST be
    /// identical to those in the request being cancelled", a single Via that matches its top one, and its Route.
    static func cancel(of invite: [UInt8]) -> [UInt8]? {
        write("CANCEL", of: invite, to: nil)
    }

    /// RFC 3261 17.1.1.3: as the INVITE, but for the To, which is the response's.
    static func ack(of invite: [UInt8], for response: SIPResponse) -> [UInt8]? {
        guard let line = response.message.firstLine(of: .to) else { return nil }
        return write("ACK", of: invite, to: response.message.value(line))
    }

    private static func write(_ method: StaticString, of invite: [UInt8], to: ByteSlice?)
        -> [UInt8]?
    {
        guard let message = try? SIPMessage(invite), case .request(let request) = message,
            let cseq = try? request.cseq
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(method)
        bytes.append(0x20)
        bytes.append(invite, request.uriRange)
        bytes.append(" SIP/2.0\r\n")
        var hasVia = false
        let lines = request.message.lines
        for index in lines.indices {
            switch lines[index].header {
            case .via where !hasVia:
                hasVia = true
                bytes.append(invite, request.message.lineRange(index))
            case .to where to != nil:
                bytes.append("To: ")
                if let to { bytes.append(slice: to) }
                bytes.append("\r\n")
            case .route, .from, .to, .callID:
                bytes.append(invite, request.message.lineRange(index))
            default: break
            }
        }
        bytes.append("Max-Forwards: 70\r\nCSeq: ")
        bytes.append(decimal: UInt64(cseq.number))
        bytes.append(0x20)
        bytes.append(method)
        bytes.append("\r\nContent-Length: 0\r\n\r\n")
        return bytes
    }
}
