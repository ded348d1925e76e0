import SIPCore
import SIPLocation

/// A column as INFORMATION_SCHEMA describes it.
struct Column: Sendable {
    enum Kind: Hashable, Sendable {
        case text
        case integer(isUnsigned: Bool)
        case real
        /// Local time or UTC, by the setting.
        case datetime
        /// UTC, since the session is.
        case timestamp
        case other
    }

    let name: String
    let kind: Kind
    let maximumCharacters: Int
    let maximumBytes: Int
    /// Of a text; nil for bytes.
    let characterSet: String?
    let isNullable: Bool
    let needsFiller: Bool

    /// - Parameter row: as ``Table/discover(_:on:)`` asks for it.
    init(_ row: Row) {
        name = row.text(0)
        maximumCharacters = Int(clamping: row.integer(2) ?? 0)
        maximumBytes = Int(clamping: row.integer(3) ?? 0)
        characterSet = row.bytes(4).map(String.init)
        isNullable = row.text(5) == "YES"
        kind =
            switch row.text(1) {
            case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "binary",
                "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
                .text
            case "tinyint", "smallint", "mediumint", "int", "bigint":
                .integer(isUnsigned: row.text(7).hasSuffix("unsigned"))
            case "float", "double", "decimal": .real
            case "datetime": .datetime
            case "timestamp": .timestamp
            default: .other
            }
        let byDefault = row.bytes(6).map(String.init)
        // MariaDB puts a text's default in quotes, MySQL does not.
        let isZeroDate = byDefault?.drop { $0 == "'" }.hasPrefix("0000-00-00") ?? false
        needsFiller = isZeroDate || !isNullable && byDefault == nil && row.text(8).isEmpty
    }

    /// A text for this column.
    ///
    /// - Throws: ``StoreError`` of kind `refused` when it does not fit: nothing is ever cut.
    func check(_ text: ByteSlice, in table: Table) throws(StoreError) -> Value {
        var characters = text.count
        if let characterSet, characterSet.hasPrefix("utf8") {
            guard let decoded = String(validating: text, as: UTF8.self),
                characterSet == "utf8mb4"
                    || !decoded.unicodeScalars.contains(where: { $0.value > 0xFFFF })
            else {
                throw StoreError(
                    .refused,
                    "column \(table.name).\(name) is \(characterSet), and the value is no such text"
                )
            }
            characters = decoded.unicodeScalars.count
        }
        guard characters <= maximumCharacters, text.count <= maximumBytes else {
            throw StoreError(
                .refused,
                """
                column \(table.name).\(name) takes \(maximumCharacters) characters, and the value has \(characters)
                """)
        }
        return .bytes(text)
    }

    /// 32 bits for this column: one that is signed takes the large half as negative numbers, as all C programs do.
    func bits(_ number: UInt32) -> Value {
        if kind == .integer(isUnsigned: true) { return .integer(Int64(number)) }
        return .integer(Int64(Int32(bitPattern: number)))
    }
}
