import SIPCore

/// The connection of one side of a dialog, as our Record-Route carries it: requests of the other side go over it, wherever the
/// Contact points. Over UDP it says from which of our sockets they go, and where to when the Contact leads nowhere. A phone behind a NAT, or a browser, can't be reached in another way (RFC 5626 5.3.1 has the idea).
///
/// It is no more than two addresses, so it survives a restart of whoever holds it, and any of our loops finds the connection.
final class DialogFlow: Sendable {
    /// The phone's end.
    let remote: Endpoint
    /// Our end.
    let local: Endpoint

    init(remote: Endpoint, local: Endpoint) {
        self.remote = remote
        self.local = local
    }

    /// Whether a request to a Contact goes where the flow leads. Over UDP the Contact is the newer of the two, as long as it is no address
    /// that leads nowhere.
    func isWay(to uri: URI) -> Bool {
        guard !remote.transport.isReliable else { return true }
        guard let address = uri.sip?.host.address else { return false }
        return address != remote.address && address.scope != .world
    }

    /// Whose connection it is.
    enum Side: UInt8 {
        /// Who sent the first request.
        case caller
        case callee
    }

    /// Transport, ports, addresses; nil when the two are of different families.
    var bytes: [UInt8]? {
        var bytes = [remote.transport.rawValue]
        for endpoint in [remote, local] {
            bytes.append(UInt8(truncatingIfNeeded: endpoint.port >> 8))
            bytes.append(UInt8(truncatingIfNeeded: endpoint.port))
            switch endpoint.address {
            case .v4(let bits): bytes.append(bigEndian: UInt64(bits), count: 4)
            case .v6(let high, let low):
                bytes.append(bigEndian: high, count: 8)
                bytes.append(bigEndian: low, count: 8)
            }
        }
        return bytes.count == 13 || bytes.count == 37 ? bytes : nil
    }

    convenience init?(_ bytes: [UInt8]) {
        guard bytes.count == 13 || bytes.count == 37, let transport = Transport(rawValue: bytes[0])
        else { return nil }
        let size = (bytes.count - 5) / 2
        func number(_ start: Int, _ count: Int) -> UInt64 {
            bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        func endpoint(_ start: Int) -> Endpoint {
            let address: IPAddress =
                size == 4
                ? .v4(UInt32(truncatingIfNeeded: number(start + 2, 4)))
                : .v6(high: number(start + 2, 8), low: number(start + 10, 8))
            return Endpoint(
                transport, address, port: UInt16(truncatingIfNeeded: number(start, 2)))
        }
        self.init(remote: endpoint(1), local: endpoint(3 + size))
    }

    /// The flow in hexadecimal digits, with 64 bits that nobody makes without the key.
    ///
    /// - Parameter tag: that of whoever sent the dialog's first request.
    func append(
        to line: inout [UInt8], _ side: Side, callID: ByteSlice, tag: ByteSlice?,
        _ signature: DialogSignature
    ) {
        guard let bytes else { return }
        line.append(side == .caller ? ";fa=" : ";fb=")
        for byte in bytes { line.append(hexadecimal: UInt64(byte), digits: 2) }
        line.append(
            hexadecimal: signature.mark(bytes, side, callID: callID, tag: tag, previous: nil),
            digits: 16)
    }

    /// The flow that a parameter of our Record-Route carries; nil when it is not of our making, or of another dialog.
    static func read(
        _ text: ByteSlice, _ side: Side, callID: ByteSlice, tag: ByteSlice?,
        _ signature: DialogSignature
    ) -> DialogFlow? {
        guard text.count == 42 || text.count == 90, var bytes = text.hexadecimalBytes else {
            return nil
        }
        let mark = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        bytes.removeLast(8)
        guard signature.isRight(mark, bytes, side, callID: callID, tag: tag) else { return nil }
        return DialogFlow(bytes)
    }
}
