import CMariaDB
import SIPCore

/// A statement that the server has prepared.
@safe final class Statement {
    /// Never nil between init and deinit. Its connection owns this statement, and ends it before itself.
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    /// That connection, which outlives this statement.
    private let connection: UnsafeMutablePointer<MYSQL>
    private let parameterCount: Int
    private var result: ResultBlock?

    init(_ sql: String, on connection: UnsafeMutablePointer<MYSQL>) throws(ServerError) {
        guard let handle = unsafe mysql_stmt_init(connection) else {
            throw ServerError(code: UInt32(CR_OUT_OF_MEMORY), text: "out of memory")
        }
        var sql = sql
        // The text and its length are those of one string, which lives during the call; it is sent, not kept.
        let failed = sql.withUTF8 { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text in
                unsafe mysql_stmt_prepare(handle, text.baseAddress, UInt(text.count)) != 0
            }
        }
        guard !failed else {
            let error = unsafe Self.error(handle, connection)
            _ = unsafe mysql_stmt_close(handle)
            throw error
        }
        unsafe self.handle = handle
        unsafe self.connection = connection
        unsafe parameterCount = Int(mysql_stmt_param_count(handle))
    }

    deinit { unsafe mysql_stmt_close(handle) }

    /// - Parameters:
    ///   - rows: each as many values as the statement has question marks; one row unless it is an array.
    ///   - asArray: the server is to execute it for all rows at once.
    /// - Returns: the number of rows that were changed.
    func execute(_ rows: [[Value]], asArray: Bool) throws(ServerError) -> Int {
        precondition(rows.allSatisfy { $0.count == parameterCount } && (asArray || rows.count == 1))
        var arraySize = UInt32(asArray ? rows.count : 0)
        // Copied during the call.
        unsafe mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &arraySize)
        let parameters = ParameterBlock(rows, columns: parameterCount, asArray: asArray)
        // The block outlives the call that reads what the parameters point to; the next call binds anew.
        let failed =
            unsafe parameterCount > 0
            && mysql_stmt_bind_param(handle, parameters.binds) != 0
            || mysql_stmt_execute(handle) != 0
        let error = failed ? unsafe Self.error(handle, connection) : nil
        _ = consume parameters
        if let error { throw error }
        let changed = unsafe mysql_stmt_affected_rows(handle)
        return changed == .max ? 0 : Int(clamping: changed)
    }

    /// Hands over the rows of the query that was executed.
    func fetch(_ receive: (Row) -> Void) throws(ServerError) {
        // Frees what is left on the server and in the library, whatever comes of it.
        defer { unsafe mysql_stmt_free_result(handle) }
        let result: ResultBlock
        if let former = self.result {
            result = former
        } else {
            result = try makeResult()
            self.result = result
        }
        while true {
            // The library writes to the buffers of the block, which says how long they are, and which lives as long as this.
            guard unsafe mysql_stmt_bind_result(handle, result.binds) == 0 else {
                throw unsafe Self.error(handle, connection)
            }
            let status = unsafe mysql_stmt_fetch(handle)
            if status == MYSQL_NO_DATA { return }
            guard status == 0 || status == MYSQL_DATA_TRUNCATED else {
                throw unsafe Self.error(handle, connection)
            }
            for index in result.growShort() {
                // The rest of a text that was longer than its buffer: the buffer is now as long as the text.
                guard
                    unsafe mysql_stmt_fetch_column(handle, result.bind(index), UInt32(index), 0)
                        == 0
                else { throw unsafe Self.error(handle, connection) }
            }
            receive(result.row())
        }
    }

    private func makeResult() throws(ServerError) -> ResultBlock {
        guard let metadata = unsafe mysql_stmt_result_metadata(handle) else {
            throw ServerError(
                code: UInt32(CR_COMMANDS_OUT_OF_SYNC), text: "the statement gives no rows")
        }
        defer { unsafe mysql_free_result(metadata) }
        let count = unsafe Int(mysql_num_fields(metadata))
        // The array has as many fields as the library says, and lives until it is freed.
        let fields = unsafe UnsafeBufferPointer(start: mysql_fetch_fields(metadata), count: count)
        return unsafe ResultBlock(fields.map { unsafe $0.type })
    }

    private static func error(
        _ handle: UnsafeMutablePointer<MYSQL_STMT>, _ connection: UnsafeMutablePointer<MYSQL>
    ) -> ServerError {
        // What the server says in the middle of the rows, such as a deadlock of a locking read, libmariadb notes at the
        // connection alone. The texts are inside the two and end with a NUL; they are copied here.
        guard unsafe mysql_stmt_errno(handle) != 0 else {
            return unsafe ServerError(
                code: mysql_errno(connection), text: String(cString: mysql_error(connection)))
        }
        return unsafe ServerError(
            code: mysql_stmt_errno(handle), text: String(cString: mysql_stmt_error(handle)))
    }
}
