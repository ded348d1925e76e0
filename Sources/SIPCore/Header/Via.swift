/// One hop of a message's way (RFC 3261 20.42).
public struct Via: Sendable {
    private let storage: [UInt8]
    private let range: ByteRange
    private let protocolRange: ByteRange
    private let transportRange: ByteRange
    private let hostRange: ByteRange
    private let parametersRange: ByteRange
    private let branchRange: ByteRange
    private let receivedRange: ByteRange
    private let maddrRange: ByteRange
    /// The port of the sent-by, when one is written: 1 to 65535.
    public let port: UInt16?
    /// The `rport` parameter (RFC 3581).
    public let rport: ResponsePort
    /// Where its value stands, or would stand; empty when there is none.
    package let rportRange: ByteRange
    /// The `ttl` parameter (RFC 3261 18.1.1).
    public let ttl: UInt8?

    /// What a Via says of the port for its response (RFC 3581 section 3).
    public enum ResponsePort: Hashable, Sendable {
        case absent
        /// `rport` without a value: the client asks for its source port.
        case requested
        /// The source port that a server filled in.
        case port(UInt16)
    }

    /// A Via from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none.
    public init(_ text: ByteSlice) throws(ParseError) {
        try self.init(whole: text)
    }
}

extension Via {
    /// The value as it was written.
    public var text: ByteSlice { ByteSlice(storage, range) }

    /// `SIP/2.0/UDP`, as it was written, white space included.
    public var protocolText: ByteSlice { ByteSlice(storage, protocolRange) }

    /// The transport, when it is one of ours.
    public var transport: Transport? { Transport(transportToken) }

    /// The transport's token as it was written.
    public var transportToken: ByteSlice { ByteSlice(storage, transportRange) }

    /// The host of the sent-by: where its sender says that it is.
    public var host: Host { Host(parsed: ByteSlice(storage, hostRange)) }

    /// The `branch` parameter, which names the transaction.
    public var branch: ByteSlice? { slice(branchRange) }

    /// The `received` parameter as it was written: the address that the message came from.
    public var received: ByteSlice? { slice(receivedRange) }

    /// The `received` parameter as an address; brackets around IPv6 are let pass (RFC 5118 4.5).
    public var receivedAddress: IPAddress? { received.flatMap { IPAddress($0) } }

    /// The `maddr` parameter: the address that the response goes to.
    public var maddr: ByteSlice? { slice(maddrRange) }

    public var parameters: Parameters { Parameters(ByteSlice(storage, parametersRange)) }

    /// Whether the branch begins with `z9hG4bK` and goes on: it is unique, and names the
    /// transaction by itself (RFC 3261 8.1.1.7). A bare cookie names nothing (RFC 4475 3.2.1).
    public var hasMagicCookie: Bool {
        branchRange.count > 7
            && storage.span.equalsIgnoringCase(at: branchRange.lower, "z9hG4bK")
    }

    private func slice(_ range: ByteRange) -> ByteSlice? {
        range == .empty ? nil : ByteSlice(storage, range)
    }
}

extension Via: CustomStringConvertible {
    public var description: String { text.description }
}

extension Via: HeaderValue {
    package static var header: KnownHeader { .via }

    /// `via-parm = sent-protocol LWS sent-by *( SEMI via-params )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        let start = cursor.position
        _ = try cursor.token("a protocol's name")
        guard cursor.takeSeparator(0x2F) else { throw cursor.error("a slash") }
        _ = try cursor.token("a protocol's version")
        guard cursor.takeSeparator(0x2F) else { throw cursor.error("a slash") }
        transportRange = try cursor.token("a transport")
        protocolRange = ByteRange(start, cursor.position)
        guard let blank = cursor.peek, blank.isWhiteSpace else {
            throw cursor.error("a blank behind the transport")
        }
        cursor.skipWhiteSpace()
        hostRange = try cursor.host()
        port = cursor.takeSeparator(0x3A) ? try cursor.port() : nil

        let parametersStart = cursor.position
        var noted = ViaParameters()
        while let parameter = try cursor.nextParameter() { try noted.take(parameter, from: cursor) }
        parametersRange = ByteRange(parametersStart, cursor.position)
        branchRange = noted.branch
        receivedRange = noted.received
        maddrRange = noted.maddr
        rport = noted.rport
        rportRange = noted.rportRange
        ttl = noted.ttl
        storage = cursor.bytes
        range = ByteRange(start, cursor.position)
    }
}

/// `via-params = via-ttl / via-maddr / via-received / via-branch / response-port / via-extension`
private struct ViaParameters {
    var branch = ByteRange.empty
    var received = ByteRange.empty
    var maddr = ByteRange.empty
    var rport = Via.ResponsePort.absent
    var rportRange = ByteRange.empty
    var ttl: UInt8?

    mutating func take(_ parameter: ParameterRanges, from cursor: borrowing Cursor)
        throws(ParseError)
    {
        let name = parameter.name
        switch name.count {
        case 6 where cursor.isNamed(name, "branch"): try cursor.note(parameter, in: &branch)
        case 8 where cursor.isNamed(name, "received"): try cursor.note(parameter, in: &received)
        case 5 where cursor.isNamed(name, "maddr"): try cursor.note(parameter, in: &maddr)
        case 5 where cursor.isNamed(name, "rport"):
            guard rport == .absent else { throw cursor.error("each parameter once") }
            rport = .requested
            rportRange = ByteRange(name.upper, name.upper)
            guard parameter.value != .empty else { return }
            rportRange = parameter.value
            var digits = Cursor(cursor.bytes, parameter.value)
            rport = .port(try digits.port())
            guard digits.isAtEnd else { throw digits.error("a port") }
        case 3 where cursor.isNamed(name, "ttl"):
            let digits = ByteSlice(cursor.bytes, parameter.value)
            guard let value = digits.decimal(upTo: 255) else { throw cursor.error("a ttl") }
            ttl = UInt8(truncatingIfNeeded: value)
        default: break
        }
    }
}
