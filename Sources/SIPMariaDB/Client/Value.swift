import SIPCore

/// A value that is bound to a statement.
enum Value: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case bytes(ByteSlice)

    static func text(_ text: String) -> Value { .bytes(ByteSlice(text)) }

    static func bytes(orNull bytes: ByteSlice?) -> Value { bytes.map { .bytes($0) } ?? .null }
}

/// A DATETIME, DATE or TIMESTAMP as it stands in its column; all zero is MySQL's "zero date".
struct CalendarTime: Hashable, Sendable {
    var year: Int32
    var month: Int32
    var day: Int32
    var hour: Int32
    var minute: Int32
    var second: Int32
}

/// A row of a result.
struct Row: Sendable {
    enum Cell: Sendable {
        case null
        case integer(Int64)
        case real(Double)
        case time(CalendarTime)
        /// A range of the row's texts.
        case bytes(Int, Int)
    }

    /// All texts of the row, one after the other: one buffer for them all.
    let texts: [UInt8]
    let cells: [Cell]

    func bytes(_ index: Int) -> ByteSlice? {
        switch cells[index] {
        case .null: nil
        case .bytes(let lower, let upper): ByteSlice(texts, lower, upper)
        case .integer(let number): ByteSlice("\(number)")
        case .real(let number): ByteSlice("\(number)")
        case .time: nil
        }
    }

    /// The text of a cell; empty for NULL, and what is not UTF-8 is repaired.
    func text(_ index: Int) -> String { bytes(index).map(String.init) ?? "" }

    func integer(_ index: Int) -> Int64? {
        switch cells[index] {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number.rounded())
        case .bytes: Int64(text(index))
        case .null, .time: nil
        }
    }

    func real(_ index: Int) -> Double? {
        switch cells[index] {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .bytes: Double(text(index))
        case .null, .time: nil
        }
    }

    func time(_ index: Int) -> CalendarTime? {
        if case .time(let time) = cells[index] { time } else { nil }
    }
}

extension Row {
    func isText(_ index: Int) -> Bool {
        if case .bytes = cells[index] { true } else { false }
    }
}
