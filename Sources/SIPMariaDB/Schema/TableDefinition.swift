/// A table of the current Kamailio schema (5.6 to 6.1), which is what this program makes.
struct TableDefinition: Sendable {
    let name: String
    let version: Int
    let columns: [String]
    let keys: [String]
    /// Versions of the table in the field that this program works with as well.
    let olderVersions: Set<Int>
    /// Columns that this program adds when asked to: others do not know them and are not disturbed.
    let extensions: [String]

    init(
        _ name: String, version: Int, also olderVersions: Set<Int> = [], _ columns: [String],
        keys: [String] = [], extensions: [String] = []
    ) {
        self.name = name
        self.version = version
        self.olderVersions = olderVersions
        self.columns = columns
        self.keys = keys
        self.extensions = extensions
    }

    /// - Parameter name: what the table is called in this installation.
    func statement(_ name: String, withExtensions: Bool) -> String {
        let id = "id INT(10) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"
        let parts = [id] + columns + (withExtensions ? extensions : []) + keys
        // In latin1 every byte is a character: whatever came over the network can be kept as it came.
        return """
            CREATE TABLE IF NOT EXISTS \(name.quotedName) (\(parts.joined(separator: ", "))) \
            ENGINE=InnoDB DEFAULT CHARACTER SET latin1
            """
    }
}

extension TableDefinition {
    static let version = TableDefinition(
        "version", version: 1,
        ["table_name VARCHAR(32) NOT NULL", "table_version INT UNSIGNED NOT NULL DEFAULT 0"],
        keys: ["UNIQUE KEY table_name_idx (table_name)"])

    /// 5 is SER's, 8 OpenSIPS's.
    static let subscriber = TableDefinition(
        "subscriber", version: 7, also: [2, 5, 6, 8],
        [
            name("username"), name("domain"), name("password"),
            "ha1 VARCHAR(128) NOT NULL DEFAULT ''", "ha1b VARCHAR(128) NOT NULL DEFAULT ''",
        ],
        keys: ["UNIQUE KEY account_idx (username, domain)", "KEY username_idx (username)"],
        extensions: [
            "ha1_sha256 VARCHAR(128) NOT NULL DEFAULT ''",
            "ha1_sha512t256 VARCHAR(128) NOT NULL DEFAULT ''",
            "email_address VARCHAR(64) NOT NULL DEFAULT ''",
        ])

    /// 2 and 6 are SER's, 1009 to 1013 OpenSIPS's.
    static let location = TableDefinition(
        "location", version: 9, also: [2, 6, 8, 1009, 1011, 1012, 1013],
        bindingColumns(contact: 512, received: 128),
        keys: bindingKeys + [
            "KEY tcpcon_idx (connection_id)", "KEY connection_idx (server_id, connection_id)",
        ],
        extensions: ["parameters VARCHAR(512) NOT NULL DEFAULT ''"])

    static let locationAttributes = TableDefinition(
        "location_attrs", version: 1,
        [
            name("ruid"), name("username"), "domain VARCHAR(64) DEFAULT NULL", name("aname"),
            "atype INT(11) NOT NULL DEFAULT 0", "avalue VARCHAR(512) NOT NULL DEFAULT ''", modified,
        ],
        keys: [
            "KEY account_record_idx (username, domain, ruid)",
            "KEY last_modified_idx (last_modified)",
        ])

    static let aliases = TableDefinition(
        "aliases", version: 8, also: [2, 6, 1009, 1011, 1012, 1013],
        bindingColumns(contact: 255, received: 255), keys: bindingKeys)

    static let dbaliases = TableDefinition(
        "dbaliases", version: 1, also: [2],
        [name("alias_username"), name("alias_domain"), name("username"), name("domain")],
        keys: [
            "KEY alias_user_idx (alias_username)", "KEY alias_idx (alias_username, alias_domain)",
            "KEY target_idx (username, domain)",
        ])

    static let uri = TableDefinition(
        "uri", version: 1, also: [2],
        [name("username"), name("domain"), name("uri_user"), modified],
        keys: ["UNIQUE KEY account_idx (username, domain, uri_user)"])

    static let domain = TableDefinition(
        "domain", version: 2, also: [1, 3, 4],
        ["domain VARCHAR(64) NOT NULL", "did VARCHAR(64) DEFAULT NULL", modified],
        keys: ["UNIQUE KEY domain_idx (domain)"])

    static let group = TableDefinition(
        "grp", version: 2, also: [3], [name("username"), name("domain"), name("grp"), modified],
        keys: ["UNIQUE KEY account_group_idx (username, domain, grp)"])

    static let address = TableDefinition(
        "address", version: 6, also: [3, 4, 5],
        [
            "grp INT(11) UNSIGNED NOT NULL DEFAULT 1", "ip_addr VARCHAR(50) NOT NULL",
            "mask INT NOT NULL DEFAULT 32", "port SMALLINT(5) UNSIGNED NOT NULL DEFAULT 0",
            "tag VARCHAR(64)",
        ])

    /// All, the table of versions first.
    static let all = [
        version, subscriber, location, locationAttributes, aliases, dbaliases, uri, domain, group,
        address,
    ]

    private static let modified = "last_modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:01'"
    private static let bindingKeys = [
        "UNIQUE KEY ruid_idx (ruid)", "KEY account_contact_idx (username, domain, contact)",
        "KEY expires_idx (expires)",
    ]

    private static func name(_ column: String) -> String {
        "\(column) VARCHAR(64) NOT NULL DEFAULT ''"
    }

    private static func bindingColumns(contact: Int, received: Int) -> [String] {
        [
            name("ruid"), name("username"), "domain VARCHAR(64) DEFAULT NULL",
            "contact VARCHAR(\(contact)) NOT NULL DEFAULT ''",
            "received VARCHAR(\(received)) DEFAULT NULL", "path VARCHAR(512) DEFAULT NULL",
            "expires DATETIME NOT NULL DEFAULT '2030-05-28 21:32:15'",
            "q FLOAT(10,2) NOT NULL DEFAULT 1.0",
            "callid VARCHAR(255) NOT NULL DEFAULT 'Default-Call-ID'",
            "cseq INT(11) NOT NULL DEFAULT 1", modified, "flags INT(11) NOT NULL DEFAULT 0",
            "cflags INT(11) NOT NULL DEFAULT 0", "user_agent VARCHAR(255) NOT NULL DEFAULT ''",
            "socket VARCHAR(64) DEFAULT NULL", "methods INT(11) DEFAULT NULL",
            "instance VARCHAR(255) DEFAULT NULL", "reg_id INT(11) NOT NULL DEFAULT 0",
            "server_id INT(11) NOT NULL DEFAULT 0", "connection_id INT(11) NOT NULL DEFAULT 0",
            "keepalive INT(11) NOT NULL DEFAULT 0", "`partition` INT(11) NOT NULL DEFAULT 0",
        ]
    }
}

extension MariaDBSettings.Tables {
    /// What the table of a definition is called in this installation.
    func name(of definition: TableDefinition) -> String {
        switch definition.name {
        case "subscriber": subscriber
        case "location": location
        case "aliases": aliases
        case "dbaliases": dbaliases
        case "uri": uri
        case "domain": domain
        case "grp": group
        case "address": address
        case "version": version
        default: definition.name
        }
    }
}
