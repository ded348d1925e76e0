public import SIPAuth
public import SIPCore
import SIPLocation

/// The accounts in the table `subscriber`, or whatever it is called.
///
/// Names are compared by their bytes, domains without case, whatever the table's collation is. An account whose domain is
/// empty is found in any.
public struct MariaDBSubscribers: Subscribers {
    let database: MariaDBDatabase
    /// The accounts table's name.
    public let table: String
    private let gathering: Gathering<AccountQuestion, Subscriber?>
    let pace = SummaryPace()

    /// - Parameter table: nil for the one of the settings.
    public init(_ database: MariaDBDatabase, table: String? = nil) {
        self.database = database
        let name = table ?? database.settings.tables.subscriber
        self.table = name
        let settings = database.settings
        gathering = Gathering(
            "look up an account", on: database.lookups, limit: settings.maximumWaiting,
            batchSize: settings.batchSize
        ) { connection, questions in
            let layout = try AccountLayout(connection.table(name), settings)
            return try Self.answers(questions, layout, connection).map { .success($0) }
        }
    }

    public func subscriber(
        _ username: ByteSlice, domain: ByteSlice, freshness: Freshness
    ) async throws -> Subscriber? {
        try await gathering.answer(
            AccountQuestion(username: username, domain: ByteSlice(domain.map(\.lowercased))))
    }

    /// How many statements the look-ups took so far.
    package var statements: Int { gathering.answeredBatches }

    private static func answers(
        _ questions: [AccountQuestion], _ layout: AccountLayout, _ connection: Connection
    ) throws -> [Subscriber?] {
        // Few sizes, so that few statements are prepared; the last question fills up.
        var asked = questions
        let size = BatchSize.fitting(questions.count)
        while asked.count < size, let last = questions.last { asked.append(last) }
        var answers = [Subscriber?](repeating: nil, count: questions.count)
        try connection.query(layout.query(size), asked.flatMap(layout.values)) { row in
            for (index, question) in questions.enumerated() {
                guard let found = layout.subscriber(row, for: question) else { continue }
                // The account of the domain itself comes before one of all domains.
                if answers[index] == nil || !found.domain.isEmpty { answers[index] = found }
            }
        }
        return answers
    }
}

/// The numbers of keys that look-up statements are prepared for.
enum BatchSize {
    static func fitting(_ count: Int) -> Int {
        switch count {
        case ...1: 1
        case ...8: 8
        case ...64: 64
        default: count
        }
    }
}
