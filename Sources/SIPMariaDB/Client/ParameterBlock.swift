import CMariaDB
import SIPCore

/// The memory that a statement's values stand in while it executes: one allocation, laid out before it is made.
///
/// ```
///  binds | for each column: numbers or text pointers, lengths, NULL marks (each a word a row) | the texts
/// ```
@safe struct ParameterBlock: ~Copyable {
    /// As many as the statement has question marks.
    let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let memory: UnsafeMutableRawPointer

    /// - Parameter rows: each of `columns` values.
    init(_ rows: [[Value]], columns: Int, asArray: Bool) {
        let wordsAColumn = 3 * rows.count
        let textsStart = (columns * wordsAColumn + 1) * 8
        let textCount = rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.textCount } }
        // In bounds: every write below goes to a word of its column, or to the texts, which were counted here.
        unsafe memory = UnsafeMutableRawPointer.allocate(
            byteCount: textsStart + textCount, alignment: 8)
        unsafe binds = UnsafeMutablePointer<MYSQL_BIND>.allocate(capacity: max(1, columns))
        var text = unsafe memory + textsStart
        for column in 0..<columns {
            let words = unsafe memory + column * wordsAColumn * 8
            let lengths = unsafe (words + rows.count * 8).bindMemory(
                to: UInt.self, capacity: rows.count)
            let marks = unsafe (words + rows.count * 16).bindMemory(
                to: CChar.self, capacity: rows.count)
            let type = Self.type(of: column, in: rows)
            for (index, row) in rows.enumerated() {
                let word = unsafe words + index * 8
                unsafe marks[index] = CChar(STMT_INDICATOR_NONE.rawValue)
                unsafe lengths[index] = 0
                switch row[column] {
                case .null:
                    unsafe marks[index] = CChar(STMT_INDICATOR_NULL.rawValue)
                    unsafe word.storeBytes(of: 0, as: Int.self)
                case .integer(let number) where type == MYSQL_TYPE_LONGLONG:
                    unsafe word.storeBytes(of: number, as: Int64.self)
                case .real(let number) where type == MYSQL_TYPE_DOUBLE:
                    unsafe word.storeBytes(of: number, as: Double.self)
                case let value:
                    let bytes = value.textBytes
                    unsafe word.storeBytes(of: text, as: UnsafeMutableRawPointer.self)
                    unsafe lengths[index] = UInt(bytes.count)
                    unsafe bytes.span.withUnsafeBytes { source in
                        if let start = source.baseAddress {
                            unsafe text.copyMemory(from: start, byteCount: source.count)
                        }
                    }
                    unsafe text += bytes.count
                }
            }
            var bind = unsafe MYSQL_BIND()
            unsafe bind.buffer_type = type
            unsafe bind.length = lengths
            if asArray {
                unsafe bind.buffer = words
                unsafe bind.u.indicator = marks
            } else if case .null = rows[0][column] {
                unsafe bind.buffer_type = MYSQL_TYPE_NULL
            } else {
                let isText = type == MYSQL_TYPE_STRING
                unsafe bind.buffer =
                    isText ? words.load(as: UnsafeMutableRawPointer.self) : words
                unsafe bind.buffer_length = lengths[0]
            }
            unsafe (binds + column).initialize(to: bind)
        }
    }

    deinit {
        // Both were allocated by init; a MYSQL_BIND is plain memory.
        unsafe memory.deallocate()
        unsafe binds.deallocate()
    }

    /// What all values of a column can be sent as.
    private static func type(of column: Int, in rows: [[Value]]) -> enum_field_types {
        var type: enum_field_types?
        for row in rows {
            let own: enum_field_types
            switch row[column] {
            case .null: continue
            case .integer: own = MYSQL_TYPE_LONGLONG
            case .real: own = MYSQL_TYPE_DOUBLE
            case .bytes: own = MYSQL_TYPE_STRING
            }
            if let type, type != own { return MYSQL_TYPE_STRING }
            type = own
        }
        return type ?? MYSQL_TYPE_STRING
    }
}

extension Value {
    /// The value as a text; only numbers in a column of mixed values are sent as one.
    fileprivate var textBytes: ByteSlice {
        switch self {
        case .null: ""
        case .integer(let number): ByteSlice("\(number)")
        case .real(let number): ByteSlice("\(number)")
        case .bytes(let bytes): bytes
        }
    }

    /// At least as many bytes as ``textBytes`` has.
    fileprivate var textCount: Int {
        switch self {
        case .null: 0
        case .integer, .real: 32
        case .bytes(let bytes): bytes.count
        }
    }
}
