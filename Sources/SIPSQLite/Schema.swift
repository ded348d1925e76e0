package import GRDB

/// The tables, and the way from each older version to this one. Column names are those that registrars in the field
/// share. All comparisons are by bytes: SQLite's own collation.
package enum Schema {
    package static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 accounts") { db in
            try db.execute(
                sql: """
                    CREATE TABLE subscriber (
                        id INTEGER PRIMARY KEY,
                        username TEXT NOT NULL,
                        domain TEXT NOT NULL DEFAULT '',
                        password TEXT NOT NULL DEFAULT '',
                        ha1 TEXT NOT NULL DEFAULT '',
                        ha1b TEXT NOT NULL DEFAULT '',
                        ha1_sha256 TEXT NOT NULL DEFAULT '',
                        ha1_sha512t256 TEXT NOT NULL DEFAULT '',
                        email_address TEXT NOT NULL DEFAULT '',
                        UNIQUE (username, domain)
                    )
                    """)
        }
        migrator.registerMigration("2 aliases") { db in
            try db.execute(
                sql: """
                    CREATE TABLE aliases (
                        id INTEGER PRIMARY KEY,
                        username TEXT NOT NULL,
                        domain TEXT NOT NULL DEFAULT '',
                        contact TEXT NOT NULL,
                        last_modified INTEGER NOT NULL DEFAULT 0,
                        UNIQUE (username, domain)
                    )
                    """)
        }
        migrator.registerMigration("3 bindings") { db in
            // expires and last_modified are seconds since 1970, in UTC; expires 0 is a permanent contact.
            try db.execute(
                sql: """
                    CREATE TABLE location (
                        id INTEGER PRIMARY KEY,
                        ruid TEXT NOT NULL UNIQUE,
                        username TEXT NOT NULL,
                        domain TEXT NOT NULL DEFAULT '',
                        contact TEXT NOT NULL,
                        parameters TEXT NOT NULL DEFAULT '',
                        received TEXT,
                        path TEXT,
                        expires INTEGER NOT NULL,
                        q REAL,
                        callid TEXT NOT NULL DEFAULT '',
                        cseq INTEGER NOT NULL DEFAULT 0,
                        last_modified INTEGER NOT NULL DEFAULT 0,
                        flags INTEGER NOT NULL DEFAULT 0,
                        user_agent TEXT NOT NULL DEFAULT '',
                        socket TEXT,
                        methods INTEGER,
                        instance TEXT,
                        reg_id INTEGER
                    );
                    CREATE INDEX location_address ON location (username, domain);
                    CREATE INDEX location_expires ON location (expires);
                    """)
        }
        migrator.registerMigration("4 revision of the aliases") { db in
            // A daemon holds the aliases in memory: this tells it that another process has changed them.
            try db.execute(
                sql: """
                    CREATE TABLE revision (of TEXT PRIMARY KEY, number INTEGER NOT NULL);
                    INSERT INTO revision VALUES ('aliases', 1);
                    CREATE TRIGGER alias_added AFTER INSERT ON aliases BEGIN
                        UPDATE revision SET number = number + 1 WHERE of = 'aliases';
                    END;
                    CREATE TRIGGER alias_changed AFTER UPDATE ON aliases BEGIN
                        UPDATE revision SET number = number + 1 WHERE of = 'aliases';
                    END;
                    CREATE TRIGGER alias_removed AFTER DELETE ON aliases BEGIN
                        UPDATE revision SET number = number + 1 WHERE of = 'aliases';
                    END;
                    """)
        }
        migrator.registerMigration("5 changes of accounts") { db in
            // A daemon holds accounts in memory: this tells it which ones another process has changed. The last
            // thousands do; who has missed more reads all accounts again.
            try db.execute(
                sql: """
                    CREATE TABLE account_change (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        username TEXT NOT NULL,
                        domain TEXT NOT NULL
                    );
                    CREATE TRIGGER account_added AFTER INSERT ON subscriber BEGIN
                        INSERT INTO account_change (username, domain)
                        VALUES (NEW.username, NEW.domain);
                    END;
                    CREATE TRIGGER account_changed AFTER UPDATE ON subscriber BEGIN
                        INSERT INTO account_change (username, domain)
                        VALUES (OLD.username, OLD.domain), (NEW.username, NEW.domain);
                    END;
                    CREATE TRIGGER account_removed AFTER DELETE ON subscriber BEGIN
                        INSERT INTO account_change (username, domain)
                        VALUES (OLD.username, OLD.domain);
                    END;
                    CREATE TRIGGER account_change_limit AFTER INSERT ON account_change BEGIN
                        DELETE FROM account_change WHERE number <= NEW.number - 5000;
                    END;
                    """)
        }
        migrator.registerMigration("6 domains, groups, names, peers, aliases") { db in
            try db.execute(sql: operatorTables)
            for table in ["dbaliases", "domain", "grp", "uri", "address"] {
                try db.execute(sql: "INSERT OR IGNORE INTO revision VALUES ('\(table)', 1)")
                // An alias of either kind changes the aliases.
                let name = table == "dbaliases" ? "aliases" : table
                for (event, what) in [
                    ("added", "INSERT"), ("changed", "UPDATE"), ("removed", "DELETE"),
                ] {
                    try db.execute(
                        sql: """
                            CREATE TRIGGER \(table)_\(event) AFTER \(what) ON \(table) BEGIN
                                UPDATE revision SET number = number + 1 WHERE of = '\(name)';
                            END
                            """)
                }
            }
        }
        return migrator
    }

    /// As Kamailio has them.
    private static let operatorTables = """
        CREATE TABLE dbaliases (
            id INTEGER PRIMARY KEY,
            alias_username TEXT NOT NULL,
            alias_domain TEXT NOT NULL DEFAULT '',
            username TEXT NOT NULL,
            domain TEXT NOT NULL DEFAULT '',
            UNIQUE (alias_username, alias_domain, username, domain)
        );
        CREATE TABLE domain (
            id INTEGER PRIMARY KEY,
            domain TEXT NOT NULL UNIQUE,
            did TEXT,
            last_modified INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE grp (
            id INTEGER PRIMARY KEY,
            username TEXT NOT NULL,
            domain TEXT NOT NULL DEFAULT '',
            grp TEXT NOT NULL,
            last_modified INTEGER NOT NULL DEFAULT 0,
            UNIQUE (username, domain, grp)
        );
        CREATE TABLE uri (
            id INTEGER PRIMARY KEY,
            username TEXT NOT NULL,
            domain TEXT NOT NULL DEFAULT '',
            uri_user TEXT NOT NULL,
            last_modified INTEGER NOT NULL DEFAULT 0,
            UNIQUE (username, domain, uri_user)
        );
        CREATE TABLE address (
            id INTEGER PRIMARY KEY,
            grp INTEGER NOT NULL DEFAULT 1,
            ip_addr TEXT NOT NULL,
            mask INTEGER NOT NULL DEFAULT 32,
            port INTEGER NOT NULL DEFAULT 0,
            tag TEXT
        );
        """
}
