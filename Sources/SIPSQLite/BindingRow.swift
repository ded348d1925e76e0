import GRDB
import SIPCore
import SIPLocation

/// A binding as a row of table `location`.
enum BindingRow {
    private static let names = [
        "ruid", "username", "domain", "contact", "parameters", "received", "path", "expires", "q",
        "callid", "cseq", "last_modified", "flags", "user_agent", "socket", "methods", "instance",
        "reg_id",
    ]

    static let columns = names.joined(separator: ", ")

    /// Adds a row, or makes the one with this ruid the same.
    static let upsert = """
        INSERT INTO location (\(columns)) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
        ON CONFLICT (ruid) DO UPDATE SET
        \(names.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        """

    static func arguments(_ binding: Binding) -> StatementArguments {
        let address = binding.address
        return [
            binding.ruid.databaseValue,
            address.user.databaseValue,
            address.host.databaseValue,
            binding.uri.databaseValue,
            binding.parameters.databaseValue,
            binding.received.map { StoredEndpoint.received($0).databaseValue },
            binding.pathText.databaseValueOrNull,
            binding.expiresAt?.seconds ?? 0,
            binding.q.map { Double($0) / 1000 },
            binding.callID.databaseValue,
            Int64(binding.cseq),
            binding.lastModified.seconds,
            Int64(binding.flags),
            binding.userAgent.databaseValue,
            binding.localSocket.map { StoredEndpoint.socket($0).databaseValue },
            binding.methods.map { Int64($0) },
            binding.instance?.databaseValue,
            binding.regID.map { Int64($0) },
        ]
    }

    /// Nil for a row that is no binding, for another program may have written it.
    static func binding(_ row: Row) throws -> Binding? {
        guard let ruid = try row.bytes(0), let user = try row.bytes(1), let uri = try row.bytes(3)
        else { return nil }
        let expires = row[7] as Int64? ?? 0
        var fields = BindingFields(
            address: AddressOfRecord(user: user, host: try row.bytes(2) ?? ""), ruid: ruid,
            uri: uri, expiresAt: expires == 0 ? nil : UnixTime(seconds: expires),
            lastModified: UnixTime(seconds: row[11] as Int64? ?? 0))
        fields.parameters = try row.bytes(4) ?? ""
        fields.received = try row.bytes(5).flatMap(StoredEndpoint.parse)
        fields.pathText = try row.bytes(6) ?? ""
        fields.q = (row[8] as Double?).flatMap(thousandths)
        fields.callID = try row.bytes(9) ?? ""
        fields.cseq = UInt32(clamping: row[10] as Int64? ?? 0)
        fields.flags = UInt32(clamping: row[12] as Int64? ?? 0)
        fields.userAgent = try row.bytes(13) ?? ""
        fields.localSocket = try row.bytes(14).flatMap(StoredEndpoint.parse)
        fields.methods = (row[15] as Int64?).map { UInt32(clamping: $0) }
        fields.instance = try row.bytes(16)
        fields.regID = (row[17] as Int64?).map { UInt32(clamping: $0) }
        return Binding(fields)
    }

    /// A negative q is how some registrars write "none".
    private static func thousandths(_ q: Double) -> UInt16? {
        q >= 0 && q <= 1 ? UInt16((q * 1000).rounded()) : nil
    }
}
