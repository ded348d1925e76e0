public import SIPCore

/// One binding of an address of record to a contact (RFC 3261 10.3): a value of eight bytes over one packed buffer.
///
/// A registrar holds millions, so a binding is not a struct of many small arrays: the numbers stand at the front of
/// the buffer, the texts behind them, and what is asked for is read where it stands. `Binding+Layout.swift` draws it.
public struct Binding: Sendable {
    package let bytes: [UInt8]

    /// The most bytes that all texts of a binding may have together.
    public static let maximumTextSize = 65_535 - Layout.size

    public var address: AddressOfRecord {
        let host = end(of: .host)
        return AddressOfRecord(
            joined: ByteSlice(bytes, Layout.size, host), userCount: end(of: .user) - Layout.size)
    }

    /// Names this binding among all others, for as long as it lives.
    public var ruid: ByteSlice { text(.ruid) }

    /// The contact's URI as it was registered, without angle brackets.
    public var uri: ByteSlice { text(.uri) }

    /// The contact's header parameters as registered, each with its semicolon, without `q` and `expires`.
    public var parameters: ByteSlice { text(.parameters) }

    /// In thousandths, 0 to 1000; nil when the phone gave none.
    public var q: UInt16? {
        let value = integer16(at: Layout.q)
        return value == .max ? nil : value
    }

    /// The preference that a contact without `q` has: the highest (RFC 3841 7.2.4).
    public var preference: UInt16 { q ?? 1000 }

    /// Nil for a permanent contact.
    public var expiresAt: UnixTime? {
        let seconds = integer64(at: Layout.expires)
        return seconds == .max ? nil : UnixTime(seconds: seconds)
    }

    public var lastModified: UnixTime { UnixTime(seconds: integer64(at: Layout.lastModified)) }
    public var callID: ByteSlice { text(.callID) }
    public var cseq: UInt32 { integer32(at: Layout.cseq) }
    /// Empty when the phone did not say.
    public var userAgent: ByteSlice { text(.userAgent) }

    /// The value of `+sip.instance` with its angle brackets (RFC 5626 4.1).
    public var instance: ByteSlice? {
        let start = Int(integer16(at: Layout.instance))
        guard start > 0 else { return nil }
        return ByteSlice(bytes, start, start + Int(integer16(at: Layout.instance + 2)))
    }

    /// 1 to 2^31 - 1 (RFC 5626 11.2).
    public var regID: UInt32? {
        let value = integer32(at: Layout.regID)
        return value == 0 ? nil : value
    }

    /// The Path to the phone, first hop first (RFC 3327).
    public var path: [ByteSlice] { PathText.split(text(.path)) }

    /// The Path as one text, its values joined by commas.
    public var pathText: ByteSlice { text(.path) }

    /// Where the REGISTER came from, when requests must go there and not where the contact points (NAT, connections).
    public var received: Endpoint? { endpoint(.received) }

    /// Whether the phone is reached over the connection that it registered on.
    package var isOverConnection: Bool { received?.transport.isReliable ?? false }

    /// Our own socket that the REGISTER came in on.
    public var localSocket: Endpoint? { endpoint(.localSocket) }

    /// Flags that a route or another registrar set; carried, not read.
    public var flags: UInt32 { integer32(at: Layout.flags) }

    /// The methods the phone allows, one bit each; nil when it did not say.
    public var methods: UInt32? {
        let value = integer32(at: Layout.methods)
        return value == .max ? nil : value
    }

    /// Whether the binding is still there: permanent, or its time is to come.
    public func isLive(at now: UnixTime) -> Bool { integer64(at: Layout.expires) > now.seconds }

    /// The seconds left, 0 when there are none; nil for a permanent contact.
    public func remaining(at now: UnixTime) -> Int64? {
        guard let expiresAt else { return nil }
        let (left, overflow) = expiresAt.seconds.subtractingReportingOverflow(now.seconds)
        return overflow ? .max : max(0, left)
    }
}

extension Binding {
    /// Of two bindings, whether the first is asked first: the higher q, then the newer.
    package static func precedes(_ left: Binding, _ right: Binding) -> Bool {
        let (mine, others) = (left.preference, right.preference)
        return mine == others ? left.lastModified > right.lastModified : mine > others
    }

    /// Whether this is a binding of `address`, without making one to compare.
    package func belongs(to address: AddressOfRecord) -> Bool {
        let count = address.bytes.count
        guard end(of: .host) - Layout.size == count,
            end(of: .user) - Layout.size == address.userCount
        else { return false }
        let mine = bytes.span
        let others = address.bytes.span
        for offset in 0..<count where mine[Layout.size + offset] != others[offset] { return false }
        return true
    }

    /// Equal for contacts that are equal by RFC 3261 19.1.4; most that are not differ in it.
    package var contactKey: UInt32 { integer32(at: Layout.contactKey) }

    package var contact: ContactIdentity { ContactIdentity(text: uri, key: contactKey) }
}

extension Binding {
    /// The bytes of all texts together.
    package var textSize: Int { bytes.count - Layout.size }
}

extension Binding: CustomStringConvertible {
    /// The address and the contact, for logs.
    public var description: String { "\(address) at \(uri)" }
}
