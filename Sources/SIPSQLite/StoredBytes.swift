import Foundation
import GRDB
import SIPCore

// Names and texts are bytes from the network. UTF-8 is kept as TEXT, so that an operator can read it; what is not, or holds
// a NUL, is kept as BLOB. Each sequence of bytes has one of the two forms, so comparing values compares bytes.

extension ByteSlice {
    /// The bytes as a value to bind.
    var databaseValue: DatabaseValue {
        guard !contains(0), let text = String(validating: self, as: UTF8.self) else {
            return Data(self).databaseValue
        }
        return text.databaseValue
    }

    /// The bytes as a value to bind, NULL when there are none.
    var databaseValueOrNull: DatabaseValue { isEmpty ? .null : databaseValue }
}

extension Row {
    /// The bytes of a TEXT or BLOB column; nil for NULL.
    func bytes(_ index: Int) throws -> ByteSlice? {
        try withUnsafeData(atIndex: index) { data in
            guard let data else { return nil }
            return data.isEmpty ? "" : ByteSlice([UInt8](data))
        }
    }

    /// The text of a column that is never NULL; what is not UTF-8 is repaired.
    func text(_ index: Int) throws -> String { try bytes(index).map(String.init) ?? "" }
}
