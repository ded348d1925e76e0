import SIPLocation

extension MariaDBDatabase {
    /// What a database is used for, by the name of the module that the field knows it by. Each has one table.
    public enum Service: String, Hashable, Sendable, CaseIterable {
        case accounts = "auth_db"
        case bindings = "usrloc"
        /// Table `aliases`.
        case aliases = "aliases"
        /// Table `dbaliases`.
        case databaseAliases = "alias_db"
        case uris = "uri_db"
        case domains = "domain"
        case groups = "group"
        case addresses = "permissions"
    }

    /// Something that a look at the schema found.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// Whether the services named by the table can't work with it.
        public let isFatal: Bool
        public let table: String
        /// One line; it names the table, and the column where it is about one.
        public let description: String
    }

    /// Makes the tables of the current Kamailio schema that are not there, and notes their versions. What is there stays as it is.
    ///
    /// - Parameter withExtensions: adds columns to new tables that other programs do not know: SHA-256 and SHA-512-256 hashes
    ///   (RFC 8760) and the mail address of accounts, and all parameters of contacts.
    /// - Returns: the tables that were made.
    /// - Throws: `StoreError`.
    public func createSchema(withExtensions: Bool = false) async throws -> [String] {
        let names = settings.tables
        return try await tables.run("make the tables") { connection in
            var made: [String] = []
            for definition in TableDefinition.all {
                let name = names.name(of: definition)
                connection.tables[name] = nil
                guard try connection.table(ifThere: name) == nil else { continue }
                try connection.execute(
                    definition.statement(name, withExtensions: withExtensions), [])
                try connection.execute(
                    """
                    INSERT INTO \(names.version.quotedName) (table_name, table_version) VALUES (?, ?) \
                    ON DUPLICATE KEY UPDATE table_version = VALUES(table_version)
                    """, [.text(name), .integer(Int64(definition.version))])
                made.append(name)
            }
            return made
        }
    }

    /// Looks at the tables: are they there, of a version that this program knows, with the columns that it needs?
    ///
    /// - Returns: what an operator should know; empty when all is well.
    /// - Throws: `StoreError` when the database can't be asked.
    public func checkSchema(
        _ services: Set<Service> = Set(Service.allCases)
    ) async throws -> [Finding] {
        let settings = settings
        return try await tables.run("check the tables") { connection in
            connection.tables = [:]
            let versions = try connection.versions(settings.tables.version)
            var findings: [Finding] = []
            for service in Service.allCases where services.contains(service) {
                let name = settings.tables.name(of: service.definition)
                func found(_ isFatal: Bool, _ text: String) {
                    findings.append(Finding(isFatal: isFatal, table: name, description: text))
                }
                guard let table = try connection.table(ifThere: name) else {
                    found(true, "there is no table \(name)")
                    continue
                }
                let known = service.definition.olderVersions.union([service.definition.version])
                if let version = versions[name], !known.contains(version) {
                    let list = known.sorted().map(String.init).joined(separator: ", ")
                    found(
                        !settings.ignoresVersions,
                        "table \(name) has version \(version), and this program knows \(list)")
                }
                do {
                    try service.require(of: table, settings)
                } catch let error as StoreError {
                    found(true, error.message)
                }
                for note in try service.notes(on: table, connection, settings) {
                    found(false, note)
                }
            }
            return findings
        }
    }

    /// Waits until the database can be reached, and checks that the services have what they need.
    ///
    /// - Parameter patience: how long to go on trying; nil for ever, zero for a single try.
    /// - Throws: `StoreError`: it can't be reached, or a table is missing or of an unknown version. `CancellationError`.
    public func prepare(_ services: Set<Service>, patience: Duration? = .zero) async throws {
        let begin = ContinuousClock.now
        var last: StoreError?
        while true {
            do {
                let findings = try await checkSchema(services)
                for finding in findings where !finding.isFatal { warn("\(url): \(finding)") }
                let fatal = findings.filter(\.isFatal).map(\.description)
                guard fatal.isEmpty else {
                    throw StoreError(.unusable, "\(url): \(fatal.joined(separator: "; "))")
                }
                return
            } catch let error as StoreError where error.kind == .unavailable {
                if let patience, ContinuousClock.now - begin >= patience { throw error }
                // Once a reason, not once a second.
                if error != last { warn("\(error); trying again") }
                last = error
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

extension MariaDBDatabase.Service {
    var definition: TableDefinition {
        switch self {
        case .accounts: .subscriber
        case .bindings: .location
        case .aliases: .aliases
        case .databaseAliases: .dbaliases
        case .uris: .uri
        case .domains: .domain
        case .groups: .group
        case .addresses: .address
        }
    }

    fileprivate func require(of table: Table, _ settings: MariaDBSettings) throws(StoreError) {
        switch self {
        case .accounts: _ = try AccountLayout(table, settings)
        case .bindings: _ = try LocationLayout(table, settings)
        case .aliases: try table.require("username", "contact")
        case .databaseAliases: try table.require("alias_username", "username", "domain")
        case .uris: try table.require("username", "uri_user")
        case .domains: try table.require("domain")
        case .groups: try table.require("username", "grp")
        case .addresses: try table.require("ip_addr", "mask")
        }
    }

    /// What is no obstacle, but good to know.
    fileprivate func notes(
        on table: Table, _ connection: Connection, _ settings: MariaDBSettings
    ) throws -> [String] {
        switch self {
        case .accounts where table.has("phplib_id") && table.has("password"):
            var isThere = false
            try connection.query(
                """
                SELECT 1 FROM \(table.quoted) WHERE username = 'admin' AND password = 'heslo' LIMIT 1
                """
            ) { _ in isThere = true }
            return isThere
                ? ["table \(table.name) has the account admin with SER's well-known password"] : []
        case .bindings:
            var notes: [String] = []
            if !table.has("parameters") {
                let lost =
                    ["instance", "sip_instance"].contains(where: table.has)
                    ? " but +sip.instance" : ""
                notes.append(
                    "table \(table.name) keeps no parameters of contacts\(lost): a restart forgets them"
                )
            }
            if let column = table.columns["user_agent"], column.maximumCharacters < 255 {
                notes.append(
                    "table \(table.name) keeps user agents of at most \(column.maximumCharacters) "
                        + "characters: longer ones are left out")
            }
            return notes
        default: return []
        }
    }
}

extension Connection {
    /// The versions of the tables; empty when there is no table of them.
    fileprivate func versions(_ name: String) throws -> [String: Int] {
        guard let table = try table(ifThere: name), table.has("table_name") else { return [:] }
        // SER 0.8 calls the column so.
        guard let column = ["table_version", "version"].first(where: table.has) else { return [:] }
        var versions: [String: Int] = [:]
        try query("SELECT table_name, \(column) FROM \(table.quoted)") { row in
            versions[row.text(0)] = row.integer(1).map { Int(clamping: $0) }
        }
        return versions
    }
}
