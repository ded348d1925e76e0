import SIPCore
import SIPLocation

/// How bindings stand in the table that is there: Kamailio's, SER's, OpenSIPS's, or ours.
final class LocationLayout: Sendable {
    /// What names a row.
    enum Key: Hashable, Sendable {
        /// Column `ruid` (Kamailio).
        case ruid
        /// User, domain and contact (SER, OpenSIPS).
        case contact
    }

    let table: Table
    let settings: MariaDBSettings
    let key: Key
    let columns: [LocationColumn]
    /// Other columns that an INSERT must fill.
    private let fillers: [(String, Value)]

    /// - Throws: ``StoreError`` that names what the table lacks.
    init(_ table: Table, _ settings: MariaDBSettings) throws(StoreError) {
        self.table = table
        self.settings = settings
        try table.require("username", "contact", "expires")
        if settings.usesDomain { try table.require("domain") }
        key = table.has("ruid") ? .ruid : .contact
        var columns: [LocationColumn] = []
        for meaning in LocationColumn.Meaning.allCases {
            guard let column = meaning.names.compactMap({ table.columns[$0] }).first else {
                continue
            }
            columns.append(LocationColumn(meaning: meaning, column: column))
        }
        self.columns = columns
        fillers = try table.fillers(
            besides: columns.map(\.column.name), now: .text("2000-01-01 00:00:01"))
    }

    /// SER keeps a flag for it; the others the moment 0.
    var marksPermanentByFlag: Bool { table.has("replicate") && table.has("flags") }

    var selection: String { columns.map(\.column.name.quotedName).joined(separator: ", ") }

    /// Adds a row; where rows are named by `ruid`, the one that is there becomes the same.
    var put: String {
        let names = columns.map(\.column.name) + fillers.map(\.0)
        let list = names.map(\.quotedName).joined(separator: ", ")
        let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
        let insert = "INSERT INTO \(table.quoted) (\(list)) VALUES (\(marks))"
        guard key == .ruid else { return insert }
        let updates = columns.filter { $0.meaning != .ruid }.map(\.column.name.quotedName)
            .map { "\($0) = VALUES(\($0))" }.joined(separator: ", ")
        return "\(insert) ON DUPLICATE KEY UPDATE \(updates)"
    }

    /// Removes one row.
    var remove: String {
        "DELETE FROM \(table.quoted) WHERE "
            + (key == .ruid
                ? "ruid = ?" : "\(addressCondition) AND contact = ? AND BINARY contact = ?")
    }

    /// The values of ``remove``.
    func removal(ruid: ByteSlice, contact: ByteSlice?, of address: AddressOfRecord) -> [Value] {
        guard key == .contact else { return [.bytes(ruid)] }
        return addressValues(address) + [.bytes(orNull: contact), .bytes(orNull: contact)]
    }

    /// The condition for the rows of one address; the index finds them, and the bytes are compared here.
    var addressCondition: String {
        settings.usesDomain ? "username = ? AND domain = ?" : "username = ?"
    }

    func addressValues(_ address: AddressOfRecord) -> [Value] {
        settings.usesDomain ? [.bytes(address.user), .bytes(address.host)] : [.bytes(address.user)]
    }

    /// The condition for rows that have expired; its values are two moments.
    var expiredCondition: String {
        let isTime = "expires > ? AND expires <= ?"
        return marksPermanentByFlag ? "\(isTime) AND flags & 128 = 0" : isTime
    }

    /// The values of ``expiredCondition``: what is dated near 1970 is permanent.
    func expired(at now: UnixTime) -> [Value] {
        guard let column = table.columns["expires"] else { return [] }
        let clock = ColumnClock(settings.clock)
        return [
            clock.value(UnixTime(seconds: Self.permanence), for: column),
            clock.value(now, for: column),
        ]
    }

    /// An `expires` up to here, in seconds since 1970, stands for "never": moment 0, in the local time of whatever zone.
    static let permanence: Int64 = 2 * 86_400

    /// The values of ``put``.
    ///
    /// - Throws: ``StoreError`` of kind `refused` when one does not fit its column.
    func values(_ binding: Binding) throws(StoreError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(columns.count + fillers.count)
        for column in columns { values.append(try column.value(binding, self)) }
        values.append(contentsOf: fillers.map(\.1))
        return values
    }
}
