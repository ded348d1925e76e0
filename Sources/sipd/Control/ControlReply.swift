/// What a running `sipd` answers: a line of JSON. Only lists, and `monitor`, take more lines than one.
package enum ControlReply: Codable, Equatable, Sendable {
    /// So many registrations were added or removed.
    case done(count: Int)
    /// A part of a list; `more`: another follows.
    case addresses(entries: [String], more: Bool)
    /// A part of a list; `more`: another follows.
    case registrations(entries: [ControlRegistration], more: Bool)
    case gateways(entries: [ControlGateway])
    case bans(entries: [ControlBan], counts: ControlFlood)
    case reloaded(report: ReloadReport)
    case figures(now: Figures)
    /// It stops; the end of the connection is the end of the process.
    case stopping
    /// Nothing was changed; `code` is the command's exit code.
    case failed(code: Int32, message: String)

    init(_ failure: Failure) {
        self = .failed(code: failure.code.rawValue, message: failure.description)
    }

    /// Whether this is the last line of the answer to a request that is not `monitor`.
    var isLast: Bool {
        switch self {
        case .addresses(_, let more), .registrations(_, let more): !more
        case .done, .gateways, .bans, .reloaded, .figures, .stopping, .failed: true
        }
    }
}

/// What a reload did.
package struct ReloadReport: Codable, Equatable, Sendable {
    /// Accounts in memory afterwards.
    package var accounts: Int
    /// Rows that count, by the tables that the settings ask for.
    package var tables: [String: Int]
    /// The log level afterwards.
    package var logLevel: String
    /// The settings that were changed in the file and wait for a restart.
    package var needRestart: [String]

    package init(
        accounts: Int, tables: [String: Int] = [:], logLevel: String, needRestart: [String]
    ) {
        self.accounts = accounts
        self.tables = tables
        self.logLevel = logLevel
        self.needRestart = needRestart
    }
}
