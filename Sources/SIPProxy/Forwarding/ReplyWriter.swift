import SIPCore

/// Writes a response of our own to a request (RFC 3261 8.2.6).
enum ReplyWriter {
    /// - Parameters:
    ///   - source: where the request came from, for the top Via (18.2.1, RFC 3581).
    ///   - via: the request's top Via; nil when it could not be read, and then it is left as it is.
    ///   - tag: the To-tag to give when the request has none; nil for 100, which carries none.
    static func bytes(
        _ reply: Reply, to request: SIPRequest, via: Via?, from source: Endpoint, tag: UInt64?
    ) -> [UInt8] {
        let message = request.message
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.headersEnd + 128)
        bytes.append("SIP/2.0 ")
        bytes.append(decimal: UInt64(reply.status.code))
        bytes.append(0x20)
        for byte in (reply.reason ?? reply.status.reasonPhrase).utf8 {
            bytes.append(byte == 0x0D || byte == 0x0A || byte == 0 ? 0x20 : byte)
        }
        bytes.appendLineEnd()

        var hasTopVia = false
        for index in message.lines.indices {
            switch message.lines[index].header {
            case .via:
                if !hasTopVia, let via {
                    ViaStamp(via, source: source).append(
                        message.textRange(index), of: message, to: &bytes)
                } else {
                    bytes.append(message.bytes, message.textRange(index))
                }
                hasTopVia = true
                bytes.appendLineEnd()
            case .to:
                appendTo(message, index, tag: tag, to: &bytes)
            // 8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100 (Trying) response".
            case .timestamp where reply.status != .trying: break
            case .from, .callID, .cseq, .timestamp:
                bytes.append(message.bytes, message.textRange(index))
                bytes.appendLineEnd()
            default: break
            }
        }
        if !message.flaws.isEmpty { bytes.replaceLoneControls() }
        for header in reply.headers {
            header.append(to: &bytes)
            bytes.appendLineEnd()
        }
        bytes.append("Content-Length: 0\r\n\r\n")
        return bytes
    }

    /// 8.2.6.2: the request's To, and a tag where it has none.
    private static func appendTo(
        _ message: MessageBytes, _ index: Int, tag: UInt64?, to bytes: inout [UInt8]
    ) {
        bytes.append(message.bytes, message.textRange(index))
        if let tag, let to = try? NameAddress(message.value(index)), to.tag == nil {
            bytes.append(";tag=")
            bytes.append(hexadecimal: tag, digits: 16)
        }
        bytes.appendLineEnd()
    }
}

extension MessageBytes {
    /// A header line from its name to the end of its value. What comes after it up to the next line may be no line end: a line
    /// without a colon, or nothing, where a datagram was cut.
    fileprivate func textRange(_ index: Int) -> ByteRange {
        ByteRange(Int(lines[index].start), lines[index].value.upper)
    }
}

extension [UInt8] {
    /// Makes blanks of CR, LF and NUL that end no line: what a malformed request had in its values must not make its reply
    /// malformed.
    fileprivate mutating func replaceLoneControls() {
        var index = 0
        while index < count {
            switch self[index] {
            case 0x0D where index + 1 < count && self[index + 1] == 0x0A: index += 1
            case 0x0D, 0x0A, 0x00: self[index] = 0x20
            default: break
            }
            index += 1
        }
    }
}
