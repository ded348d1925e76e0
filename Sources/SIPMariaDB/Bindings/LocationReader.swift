import SIPCore
import SIPLocation

/// Turns rows into bindings, whatever program wrote them.
struct LocationReader {
    private let layout: LocationLayout
    private var clock: ColumnClock
    /// Where each column stands in a row.
    private let places: [LocationColumn.Meaning: Int]
    /// How many rows were no binding.
    private(set) var skipped = 0

    init(_ layout: LocationLayout) {
        self.layout = layout
        clock = ColumnClock(layout.settings.clock)
        places = Dictionary(
            uniqueKeysWithValues: layout.columns.enumerated().map { ($1.meaning, $0) })
    }

    /// Nil for a row that is no binding, which is counted.
    mutating func binding(_ row: Row) -> Binding? {
        guard let user = bytes(row, .username), let uri = bytes(row, .contact), !uri.isEmpty,
            !places.keys.contains(.callID) || bytes(row, .callID) != nil,
            var fields = fields(row, user: user, uri: uri)
        else {
            skipped += 1
            return nil
        }
        fields.received = bytes(row, .received).flatMap(StoredEndpoint.parse)
        fields.pathText = bytes(row, .path) ?? ""
        fields.q = places[.q].flatMap { row.real($0) }.flatMap(Self.thousandths)
        fields.callID = bytes(row, .callID) ?? ""
        fields.cseq = bits(row, .cseq) ?? 0
        fields.userAgent = bytes(row, .userAgent) ?? ""
        fields.localSocket = bytes(row, .socket).flatMap(StoredEndpoint.parse)
        fields.methods = bits(row, .methods)
        fields.instance = bytes(row, .instance).flatMap { $0.isEmpty ? nil : $0 }
        fields.regID = bits(row, .regID).flatMap { $0 == 0 ? nil : $0 }
        fields.parameters = bytes(row, .parameters) ?? Self.parameters(fields)
        let binding = Binding(fields)
        if binding == nil { skipped += 1 }
        return binding
    }

    /// The fields that a binding can't be without; nil when its time is no time.
    private mutating func fields(_ row: Row, user: ByteSlice, uri: ByteSlice) -> BindingFields? {
        guard let place = places[.expires], let column = layout.table.columns["expires"],
            let expires = clock.moment(row, place, column)
        else { return nil }
        var flags = bits(row, .flags) ?? 0
        var isPermanent = abs(expires.seconds) < LocationLayout.permanence
        if layout.marksPermanentByFlag {
            isPermanent = flags & 128 != 0
            flags &= ~128
        }
        let host =
            layout.settings.usesDomain
            ? bytes(row, .domain) ?? "" : ByteSlice(layout.settings.domain)
        let address = AddressOfRecord(user: user, host: host)
        var modified: UnixTime?
        if let place = places[.lastModified], let column = layout.table.columns["last_modified"] {
            modified = clock.moment(row, place, column)
        }
        var fields = BindingFields(
            address: address,
            ruid: bytes(row, .ruid) ?? RowName.ruid(contact: uri, of: address), uri: uri,
            expiresAt: isPermanent ? nil : expires,
            lastModified: modified ?? UnixTime(seconds: 0))
        fields.flags = flags
        return fields
    }

    private func bytes(_ row: Row, _ meaning: LocationColumn.Meaning) -> ByteSlice? {
        places[meaning].flatMap { row.bytes($0) }
    }

    private func bits(_ row: Row, _ meaning: LocationColumn.Meaning) -> UInt32? {
        places[meaning].flatMap { row.integer($0) }.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// A negative q is how registrars in the field write "none".
    private static func thousandths(_ q: Double) -> UInt16? {
        q >= 0 && q <= 1 ? UInt16((q * 1000).rounded()) : nil
    }

    /// What can be told of a contact's parameters where they are not stored.
    private static func parameters(_ fields: BindingFields) -> ByteSlice {
        guard let instance = fields.instance else { return "" }
        var text = Array(";+sip.instance=\"".utf8)
        text.append(contentsOf: instance)
        text.append(0x22)
        if let regID = fields.regID { text.append(contentsOf: ";reg-id=\(regID)".utf8) }
        return ByteSlice(text)
    }
}

/// Names for rows of tables without `ruid`: they tell the contact, so nothing need be remembered of a row that was read.
enum RowName {
    static func ruid(contact: ByteSlice, of address: AddressOfRecord) -> ByteSlice {
        ByteSlice(prefix(address) + contact)
    }

    /// The contact of a row so named; nil for a name that was given by a registrar.
    static func contact(_ ruid: ByteSlice, of address: AddressOfRecord) -> ByteSlice? {
        let prefix = prefix(address)
        guard ruid.starts(with: prefix) else { return nil }
        return ruid.slice(prefix.count..<ruid.count)
    }

    private static func prefix(_ address: AddressOfRecord) -> [UInt8] {
        Array("row ".utf8) + address.user + [0x40] + address.host + [0x20]
    }
}
