import SIPCore
import SIPTransport

/// What a server notes in the top Via of a request: where it really came from (RFC 3261 18.2.1, RFC 3581 section 4).
///
/// `ViaReceipt` says what; this says where in the line. What the client itself wrote there is replaced, so nobody is
/// believed about his own address.
struct ViaStamp {
    private let source: Endpoint
    /// Where the port goes: behind `rport`, or in place of its value.
    private var port: ByteRange?
    private var portHasSign = false
    /// Where the address goes: in place of the value of `received`, or at the value's end.
    private var received: ByteRange?
    private var receivedHasName = false

    init(_ via: Via, source: Endpoint) {
        self.source = source
        let receipt = ViaReceipt(via: via, source: source)
        guard !receipt.isEmpty else { return }
        let given = via.received
        if receipt.rport != nil {
            port = via.rportRange
            portHasSign = via.rport != .requested
        }
        receivedHasName = given != nil
        let end = via.text.range.upper
        received = given?.range ?? ByteRange(end, end)
    }

    /// Notes the change in the copy that is sent on.
    func apply(to editor: inout MessageEditor) {
        // In the order of the line.
        if let port, let received, received.lower < port.lower {
            editor.replace(received) { appendReceived(to: &$0) }
            editor.replace(port) { appendPort(to: &$0) }
        } else {
            if let port { editor.replace(port) { appendPort(to: &$0) } }
            if let received { editor.replace(received) { appendReceived(to: &$0) } }
        }
    }

    /// Appends a line of the message, the one that holds the top Via, with the change.
    func append(_ line: ByteRange, of message: MessageBytes, to bytes: inout [UInt8]) {
        var copied = line.lower
        func copy(to offset: Int) {
            guard offset > copied else { return }
            bytes.append(message.bytes, ByteRange(copied, offset))
        }
        func appendChange(at range: ByteRange, isPort: Bool) {
            copy(to: range.lower)
            if isPort { appendPort(to: &bytes) } else { appendReceived(to: &bytes) }
            copied = range.upper
        }
        if let port, let received, received.lower < port.lower {
            appendChange(at: received, isPort: false)
            appendChange(at: port, isPort: true)
        } else {
            if let port { appendChange(at: port, isPort: true) }
            if let received { appendChange(at: received, isPort: false) }
        }
        copy(to: line.upper)
    }

    private func appendPort(to bytes: inout [UInt8]) {
        if !portHasSign { bytes.append(0x3D) }
        bytes.append(decimal: UInt64(source.port))
    }

    private func appendReceived(to bytes: inout [UInt8]) {
        if !receivedHasName { bytes.append(";received=") }
        bytes.append(address: source.address)
    }
}

extension [UInt8] {
    /// Appends an address as Via parameters spell it: IPv6 without brackets.
    mutating func append(address: IPAddress) {
        guard case .v4(let bits) = address else {
            append(contentsOf: address.description.utf8)
            return
        }
        append(decimal: UInt64(bits >> 24))
        append(0x2E)
        append(decimal: UInt64(bits >> 16 & 0xFF))
        append(0x2E)
        append(decimal: UInt64(bits >> 8 & 0xFF))
        append(0x2E)
        append(decimal: UInt64(bits & 0xFF))
    }
}
