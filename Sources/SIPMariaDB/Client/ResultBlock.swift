import CMariaDB
import SIPCore

/// The memory that a statement's rows are fetched to.
@safe final class ResultBlock {
    /// One a column.
    let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let columns: UnsafeMutablePointer<Column>
    private let count: Int

    /// Where libmariadb writes; its address stays the same.
    @unsafe private struct Column {
        var buffer: UnsafeMutableRawPointer
        var capacity: Int
        var length: UInt = 0
        var isNull: my_bool = 0
        var isCut: my_bool = 0
    }

    init(_ types: [enum_field_types]) {
        count = types.count
        unsafe binds = UnsafeMutablePointer<MYSQL_BIND>.allocate(capacity: max(1, count))
        unsafe columns = UnsafeMutablePointer<Column>.allocate(capacity: max(1, count))
        for (index, type) in types.enumerated() {
            let form = Self.form(of: type)
            // A number is 8 bytes, a MYSQL_TIME 40; a text that is longer makes its buffer grow.
            let capacity = 256
            unsafe (columns + index).initialize(
                to: Column(
                    buffer: .allocate(byteCount: capacity, alignment: 16), capacity: capacity))
            var bind = unsafe MYSQL_BIND()
            unsafe bind.buffer_type = form
            // One that is larger than what a signed number holds shows as negative, and no column of ours is.
            unsafe bind.is_unsigned = 0
            unsafe (binds + index).initialize(to: bind)
            point(index)
        }
    }

    deinit {
        // All were allocated by init or grow, and are plain memory.
        for index in 0..<count { unsafe columns[index].buffer.deallocate() }
        unsafe columns.deallocate()
        unsafe binds.deallocate()
    }

    func bind(_ index: Int) -> UnsafeMutablePointer<MYSQL_BIND> { unsafe binds + index }

    /// Makes the buffers of texts that did not fit long enough.
    ///
    /// - Returns: the columns whose texts must be fetched again.
    func growShort() -> [Int] {
        var short: [Int] = []
        for index in 0..<count where unsafe isText(index) && columns[index].isNull == 0 {
            let needed = unsafe Int(clamping: columns[index].length)
            guard unsafe needed > columns[index].capacity else { continue }
            unsafe columns[index].buffer.deallocate()
            unsafe columns[index].buffer = .allocate(byteCount: needed, alignment: 16)
            unsafe columns[index].capacity = needed
            point(index)
            short.append(index)
        }
        return short
    }

    /// The row that was fetched, copied.
    func row() -> Row {
        var size = 0
        for index in 0..<count where unsafe isText(index) && columns[index].isNull == 0 {
            size += unsafe Int(clamping: columns[index].length)
        }
        var texts: [UInt8] = []
        texts.reserveCapacity(size)
        var cells: [Row.Cell] = []
        cells.reserveCapacity(count)
        for index in 0..<count { cells.append(cell(index, &texts)) }
        return Row(texts: texts, cells: cells)
    }

    private func cell(_ index: Int, _ texts: inout [UInt8]) -> Row.Cell {
        let column = unsafe columns[index]
        guard unsafe column.isNull == 0 else { return .null }
        switch unsafe binds[index].buffer_type {
        case MYSQL_TYPE_LONGLONG:
            return unsafe .integer(column.buffer.load(as: Int64.self))
        case MYSQL_TYPE_DOUBLE:
            return unsafe .real(column.buffer.load(as: Double.self))
        case MYSQL_TYPE_DATETIME:
            let time = unsafe column.buffer.load(as: MYSQL_TIME.self)
            return .time(
                CalendarTime(
                    year: Int32(clamping: time.year), month: Int32(clamping: time.month),
                    day: Int32(clamping: time.day), hour: Int32(clamping: time.hour),
                    minute: Int32(clamping: time.minute), second: Int32(clamping: time.second)))
        default:
            let start = texts.count
            // growShort has seen to it that the text is no longer than its buffer.
            let length = unsafe min(Int(clamping: column.length), column.capacity)
            unsafe texts.append(
                contentsOf: UnsafeRawBufferPointer(start: column.buffer, count: length))
            return .bytes(start, texts.count)
        }
    }

    private func isText(_ index: Int) -> Bool {
        unsafe binds[index].buffer_type == MYSQL_TYPE_STRING
    }

    /// Tells libmariadb where the column's buffer is.
    private func point(_ index: Int) {
        let column = unsafe columns + index
        unsafe binds[index].buffer = unsafe column.pointee.buffer
        unsafe binds[index].buffer_length = unsafe UInt(column.pointee.capacity)
        // Members of memory that is neither moved nor freed before this object is.
        unsafe binds[index].length = unsafe UnsafeMutableRawPointer(column)
            .advanced(by: MemoryLayout<Column>.offset(of: \.length) ?? 0)
            .assumingMemoryBound(to: UInt.self)
        unsafe binds[index].is_null = unsafe UnsafeMutableRawPointer(column)
            .advanced(by: MemoryLayout<Column>.offset(of: \.isNull) ?? 0)
            .assumingMemoryBound(to: my_bool.self)
        unsafe binds[index].error = unsafe UnsafeMutableRawPointer(column)
            .advanced(by: MemoryLayout<Column>.offset(of: \.isCut) ?? 0)
            .assumingMemoryBound(to: my_bool.self)
    }

    private static func form(of type: enum_field_types) -> enum_field_types {
        switch type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG,
            MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            MYSQL_TYPE_LONGLONG
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: MYSQL_TYPE_DOUBLE
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATE: MYSQL_TYPE_DATETIME
        default: MYSQL_TYPE_STRING
        }
    }
}
