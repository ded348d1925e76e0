import SIPMariaDB
import Testing
import sipd

@Suite("database settings")
struct DatabaseSettingsTests {
    private let url = "mysql://ser:he%40slo@db.example/ser"

    @Test("a URL is a database for all")
    func one() throws {
        let settings = try settings("database: \(url)\nlocation: {mode: 3}")
        guard case .mariadb(let urls) = settings.database else {
            Issue.record("\(settings.database)")
            return
        }
        #expect(urls.byURL.count == 1)
        #expect(urls[.bindings]?.password == .text("he@slo"))
        #expect(settings.database.description == "mysql://ser@db.example/ser")
        #expect(settings.database.defaultKeyFile == "sipd.key")
        #expect(settings.location.mode == .database)
    }

    @Test("the environment and a flag give a URL too")
    func sources() throws {
        let urls = ServiceURLs(try DatabaseURL(url))
        let environment = try Settings(.init(environment: ["SIPD_DATABASE": url]))
        let flag = try Settings(.init(flags: [.init("database", "--database", [url])]))
        #expect(environment.database == .mariadb(urls))
        #expect(flag.database == .mariadb(urls))
    }

    @Test("a table gives each service its database")
    func several() throws {
        let settings = try settings(
            """
            database:
              auth_db|alias_db: mysql://reader@a.example/accounts?password_file=/etc/pw
              usrloc: mysql://writer@b.example/location?password_env=PW
            """)
        guard case .mariadb(let urls) = settings.database else {
            Issue.record("\(settings.database)")
            return
        }
        #expect(urls[.accounts]?.database == "accounts")
        #expect(urls[.databaseAliases] == urls[.accounts])
        #expect(urls[.bindings]?.password == .environment(name: "PW"))
        #expect(urls[.uris] == nil)
    }

    @Test("a mistake is told with its place, and no URL is shown", arguments: mistakes)
    func mistake(yaml: String, expected: String) {
        let found = problems(yaml)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("sipd.yaml:" + expected) == true, "\(found)")
        #expect(!found.contains { $0.contains("heslo") })
    }
}

private let mistakes = [
    (
        "database: mysql://ser:heslo@db.example",
        "1:11: expected a database such as sqlite:/var/lib/sipd/sipd.sqlite or "
            + "mysql://user@host/database: the database's URL can't be used: the name of the database"
    ),
    ("database: mysql://ser:hes/lo@heslo/x", "1:11: expected a database such as"),
    ("database: postgres://ser:heslo@db/x", "1:11: expected a database such as"),
    ("database: [mysql://ser:heslo@db/x]", "1:11: expected a database such as"),
    (
        "database:\n  auth_bd: mysql://ser:heslo@db/x\n  usrloc: mysql://ser@db/x",
        "2:3: a database is for auth_bd, which is none of auth_db, usrloc, "
    ),
    (
        "database:\n  auth_db: mysql://ser:heslo@db/x?colour=1\n",
        "2:3: the database's URL can't be used: there is no option colour"
    ),
    (
        "database:\n  auth_db|usrloc: mysql://ser:heslo@db/x\n  usrloc: mysql://ser@db/x",
        "2:3: two databases are for usrloc"
    ),
    (
        "database:\n  usrloc: mysql://ser:heslo@db/x", "2:3: no database is named for auth_db"
    ),
    (
        "database:\n  auth_db: mysql://ser:heslo@db/x", "2:3: no database is named for usrloc"
    ),
    (
        "database:\n  auth_db: {usrloc: x}",
        "2:12: expected mysql://user@host/database, found a table"
    ),
    (
        "database: mysql://ser:heslo@db/x\nmariadb: {use_domain: no}",
        "2:23: without domains in the tables, name one in domains"
    ),
    (
        "mariadb: {when_down_at_start: weit}",
        "1:31: expected one of stop, wait, serve, found 'weit'"
    ),
    ("tables: {subscriber: ''}", "1:22: expected the name of a table or column"),
]
