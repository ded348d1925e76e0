public import SIPAuth
import SIPCore

extension MariaDBSubscribers {
    public func put(_ accounts: [NewAccount], as storage: PasswordStorage) async throws {
        let page = try accounts.map { try AccountRecord($0, storage) }
        let (name, settings) = (table, database.settings)
        try await database.writes.run("import accounts") { connection in
            let layout = try AccountLayout(connection.table(name), settings)
            try connection.transaction { try Self.put(page, layout, connection) }
        }
    }

    private static func put(
        _ page: [AccountRecord], _ layout: AccountLayout, _ connection: Connection
    ) throws {
        let questions = page.map { AccountQuestion(username: $0.username, domain: $0.domain) }
        var isThere: [Bool] = []
        for start in stride(from: 0, to: page.count, by: 64) {
            let some = Array(questions[start..<min(start + 64, page.count)])
            isThere += try rows(of: some, layout, connection)
        }
        // Accounts whose columns are the same go out together, as one array of values.
        var statements: [String: [[Value]]] = [:]
        for (record, isThere) in zip(page, isThere) {
            if isThere {
                let columns = try record.changes(layout)
                statements[record.statement(updating: columns, layout), default: []]
                    .append(record.values(columns, layout))
            } else {
                let columns = try record.insertion(layout)
                statements[layout.table.insertion(columns), default: []]
                    .append(columns.map(\.value))
            }
        }
        for (statement, rows) in statements { try connection.execute(statement, rows: rows) }
    }

    /// Whether each account has a row.
    private static func rows(
        of questions: [AccountQuestion], _ layout: AccountLayout, _ connection: Connection
    ) throws -> [Bool] {
        var found: Set<[ByteSlice]> = []
        try connection.query(
            layout.query(questions.count), questions.flatMap(layout.values)
        ) { row in
            let domain = layout.settings.usesDomain ? row.bytes(1) ?? "" : ""
            found.insert([row.bytes(0) ?? "", ByteSlice(domain.map(\.lowercased))])
        }
        return questions.map { question in
            found.contains([question.username, layout.settings.usesDomain ? question.domain : ""])
        }
    }
}
