import Foundation
import SIPLocation
import SIPMariaDB
import Testing

@Suite("Database URLs")
struct DatabaseURLTests {
    @Test("hosts, user, password, database and options are read")
    func whole() throws {
        let url = try DatabaseURL(
            """
            mysql://se%72:p%40ss%2Fword@db1.example,db2.example:3307,[2001:db8::1]:3308,%2Frun%2Fdb.sock/sip\
            ?tls=verify&tls_ca=/etc/ca.pem&charset=latin1&timeout=2&connect_timeout=1
            """)
        #expect(
            url.hosts == [
                .network(name: "db1.example", port: 3306),
                .network(name: "db2.example", port: 3307),
                .network(name: "2001:db8::1", port: 3308),
                .socket(path: "/run/db.sock"),
            ])
        #expect(url.user == "ser")
        #expect(url.password == .text("p@ss/word"))
        #expect(url.database == "sip")
        #expect(url.tls.mode == .verify)
        #expect(url.tls.authorities == "/etc/ca.pem")
        #expect(url.characterSet == .latin1)
        #expect(url.timeout == 2)
        #expect(url.connectTimeout == 1)
    }

    @Test("a socket stands for the hosts, and a password may be elsewhere")
    func elsewhere() throws {
        let url = try DatabaseURL("mariadb://ser@localhost/ser?socket=/run/db.sock&password_env=DB")
        #expect(url.hosts == [.socket(path: "/run/db.sock")])
        #expect(url.password == .environment(name: "DB"))
        let file = try DatabaseURL("mysql://ser@localhost/ser?password_file=/etc/secret")
        #expect(file.password == .file(path: "/etc/secret"))
        #expect(try DatabaseURL("mysql://localhost/ser").password == .none)
    }

    @Test(
        "what can't be used is refused, and its error gives no password away",
        arguments: [
            "postgres://u:hunter2@h/d", "hunter2", "mysql://u:hunter2@h", "mysql://u:hunter2@h/",
            "mysql://u:hunter2@/d", "mysql://u:hun/ter2@h/d", "mysql://u:hun?ter2@h/d",
            "mysql://u:hunter2#@h/d", "mysql://u:hunter2@h:0/d", "mysql://u:hunter2@h:x/d",
            "mysql://u:hunter2@h:99999/d", "mysql://u:hunter2@h,/d", "mysql://u:hunter2@[::1]x/d",
            "mysql://u:hunter2@h/d?tsl=off", "mysql://u:hunter2@h/d?tls=hunter2",
            "mysql://u:hunter2@h/d?timeout=0", "mysql://u:hunter2@h/d?timeout=",
            "mysql://u:hunter2@h/d?password_env=X", "mysql://u:hunter2%00@h/d",
            "mysql://u:hunter2%ff@h/d", "mysql://u:hunter2@h/d/e",
        ])
    func refused(text: String) {
        let error = #expect(throws: StoreError.self) { try DatabaseURL(text) }
        #expect(error?.kind == .unusable)
        for part in ["hunter2", "ter2", "hun"] {
            #expect(error?.message.contains(part) == false)
        }
    }

    @Test("no way of printing a URL shows its password")
    func printed() throws {
        let url = try DatabaseURL("mysql://ser:hunter2@db.example:3307/sip")
        var dumped = ""
        dump(url, to: &dumped)
        dump(url.password, to: &dumped)
        for text in ["\(url)", String(reflecting: url), dumped, "\(url.password)", "\([url])"] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(url)" == "mysql://ser@db.example:3307/sip")
    }

    @Test("a URL serves what is named before it, and one may serve the rest")
    func services() throws {
        let texts = ["auth_db|uri_db": "mysql://a/x", "usrloc": "mysql://b/x"]
        let urls = try ServiceURLs(texts)
        #expect(urls[.accounts]?.hosts == [.network(name: "a", port: 3306)])
        #expect(urls[.uris] == urls[.accounts])
        #expect(urls[.bindings]?.hosts == [.network(name: "b", port: 3306)])
        #expect(urls[.groups] == nil)
        let rest = try ServiceURLs(texts, others: DatabaseURL("mysql://c/x"))
        #expect(rest[.groups]?.hosts == [.network(name: "c", port: 3306)])
        #expect(rest[.bindings] == urls[.bindings])
        #expect(rest.byURL.count == 3)
        for bad in ["auth", "", "auth_db|", "usrloc|usrloc"] {
            #expect(throws: StoreError.self) { try ServiceURLs([bad: "mysql://a/x"]) }
        }
    }
}
