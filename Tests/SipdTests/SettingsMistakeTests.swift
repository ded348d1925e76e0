import Testing

@Suite("mistakes in the settings file")
struct SettingsMistakeTests {
    @Test("a mistake is told with line, column and what was meant", arguments: mistakes)
    func mistake(mistake: Mistake) {
        #expect(problems(mistake.yaml) == mistake.problems.map { "sipd.yaml:" + $0 })
    }

    @Test("all mistakes are told at once")
    func several() {
        let found = problems("listne: []\nlocation: {mode: 7}\nmax_forwards: x\n")
        #expect(found.count == 3)
        #expect(
            found.map { $0.prefix(while: { $0 != " " }) } == [
                "sipd.yaml:1:1:", "sipd.yaml:2:18:", "sipd.yaml:3:15:",
            ])
    }
}

struct Mistake: CustomTestStringConvertible, Sendable {
    let yaml: String
    let problems: [String]

    init(_ yaml: String, _ problems: String...) {
        self.yaml = yaml
        self.problems = problems
    }

    var testDescription: String { yaml.split(separator: "\n").joined(separator: "⏎") }
}

private let mistakes = [
    Mistake(
        "gateways: [{name: a, to: [sip:x@192.0.2.1]}]",
        "1:27: expected the URI of a gateway, such as sip:192.0.2.10 or sip:gw.example;transport=tcp, "
            + "found 'sip:x@192.0.2.1': leave out the user and '@'"),
    Mistake(
        "gateways: [{name: a, too: []}]",
        "1:22: unknown key 'too', did you mean 'to'?",
        "1:12: expected a group of gateways such as {name: pstn, to: [sip:192.0.2.10]}: "
            + "'to' is missing"),
    Mistake(
        "gateways: [{name: a, to: [sip:192.0.2.1], probe: {alive: [1xx]}}]",
        "1:59: expected status codes such as 2xx, 404 or 400-407, found '1xx'"),
    Mistake(
        "gateways: [{name: a, to: [sip:gw.test], trusted: true}]",
        "1:11: sip:gw.test is trusted by its address, and has none: name its addresses in "
            + "trusted_peers"),
    Mistake("pstn: {gateways: fax}", "1:18: gateways has no group 'fax'"),
    Mistake("listne: []", "1:1: unknown key 'listne', did you mean 'listen'?"),
    Mistake(
        "location:\n  mod: 1", "2:3: unknown key 'mod' in 'location', did you mean 'mode'?"),
    Mistake("locaton:\n  mode: 1", "1:1: unknown key 'locaton', did you mean 'location'?"),
    Mistake(
        "nonce_lifetime: 5", "1:1: unknown key 'nonce_lifetime', it belongs under 'authentication:'"
    ),
    Mistake(
        "log:\n  listen: []", "2:3: unknown key 'listen' in 'log', it belongs at the top level"),
    Mistake("log:\n  colours: 1", "2:3: unknown key 'colours' in 'log'; known are: level, format"),
    Mistake(
        "location.mode: 1",
        "1:1: unknown key 'location.mode', it belongs under 'location:'"),
    Mistake("- a\n- b", "1:1: expected a table of keys, found a list"),
    Mistake("location: 1", "1:11: expected a table of keys under 'location', found '1'"),
    Mistake(
        "listen: udp:0.0.0.0:5060",
        "1:9: expected a list, each an address such as udp:0.0.0.0:5060 or tls:[::]:5061, "
            + "found 'udp:0.0.0.0:5060': write [udp:0.0.0.0:5060]"),
    Mistake(
        "listen: []",
        "1:9: the list is empty: expected at least an address such as udp:0.0.0.0:5060 or "
            + "tls:[::]:5061"),
    Mistake(
        "listen: [udp:1.2.3.4:5060, udp:1.2.3.4:5060]",
        "1:28: 'udp:1.2.3.4:5060' stands in the list twice"),
    Mistake(
        "max_forwards: \"10\"",
        "1:15: expected a whole number from 1 to 255, found the quoted text \"10\": "
            + "remove the quotes"),
    Mistake("max_forwards: ten", "1:15: expected a whole number from 1 to 255, found 'ten'"),
    Mistake("max_forwards: 256", "1:15: expected a whole number from 1 to 255, found '256'"),
    Mistake("max_forwards:", "1:14: expected a whole number from 1 to 255, found nothing"),
    Mistake(
        "max_forwards: [1]", "1:15: expected a whole number from 1 to 255, found a list"),
    Mistake(
        "max_forwards: {a: 1}",
        "1:15: expected a whole number from 1 to 255, found a table of keys"),
    Mistake(
        "permissions: {names: tabel}",
        "1:22: expected one of own, table, own_and_table, found 'tabel': did you mean 'table'?"),
    Mistake(
        "permissions:\n  realy_group: pstn",
        "2:3: unknown key 'realy_group' in 'permissions', did you mean 'relay_group'?"),
    Mistake(
        "permissions: {relay_group: a b}",
        "1:28: expected the name of a group, such as pstn, found 'a b'"),
    Mistake(
        "permissions: {trusted_groups: [1, x]}",
        "1:35: expected a whole number from 0 to 2147483647, found 'x'"),
    Mistake(
        "preset: ser\npermissions: {relay_group: pstn}",
        "2:28: preset ser relays for anybody, so a group does not close it: use preset home"),
    Mistake(
        "database: {auth_db|usrloc: 'mysql://a@b/c'}\npermissions: {names: table}",
        "1:11: no database is named for uri_db"),
    Mistake("trying_on_register: 1", "1:21: expected true or false, found '1'"),
    Mistake("preset: serr", "1:9: expected one of home, ser, found 'serr': did you mean 'ser'?"),
    Mistake(
        "location: {mode: 4}", "1:18: expected one of 0, 1, 2, 3, found '4'"),
    Mistake(
        "location: {mode: 3}",
        "1:18: mode 3 is for several sipd on one database, mysql://…; a file has one: use mode 1"),
    Mistake(
        "location: {flush_interval: 1w}",
        "1:28: expected seconds from 1 to 3600 (90, 90s, 5m, 1h, 1d), found '1w'"),
    Mistake(
        "location: {flush_interval: 9223372036854775807d}",
        "1:28: expected seconds from 1 to 3600 (90, 90s, 5m, 1h, 1d), "
            + "found '9223372036854775807d'"),
    Mistake(
        "location:\n  minimum_expires: 2h\n  default_expires: 1h",
        "2:20: minimum_expires (7200 s) is longer than default_expires (3600 s)"),
    Mistake(
        "location:\n  maximum_expires: 600",
        "2:20: default_expires (3600 s) is longer than maximum_expires (600 s)"),
    Mistake(
        "authentication: {qop: [none, auth]}",
        "1:23: 'none' stands alone: a challenge names a qop or not"),
    Mistake(
        "authentication: {algorithms: [sha-256]}",
        "1:31: expected one of MD5, SHA-256, SHA-512-256, found 'sha-256': "
            + "did you mean 'SHA-256'?"),
    Mistake(
        "timers: {t1: 500}",
        "1:14: expected a time from 10ms to 10s, found '500': write it with its unit: ms, s or m"),
    Mistake("timers: {c: 3m}", "1:13: expected a time from 181s to 3600s, found '3m'"),
    Mistake(
        "dns: {servers: [192.0.2.53, dns.example]}",
        "1:29: expected the address of a DNS server such as 192.0.2.53 or [2001:db8::53]:5353, "
            + "found 'dns.example'"),
    Mistake(
        "dns: {timeout: 6s}",
        "1:16: timeout is longer than deadline: no answer is waited for beyond the deadline"),
    Mistake("database: /srv/x", database("/srv/x", "put sqlite: in front of the path")),
    Mistake(
        "database: 'sqlite:'",
        "1:11: expected a database such as "
            + "sqlite:/var/lib/sipd/sipd.sqlite or mysql://user@host/database, found the quoted text \"sqlite:\": "
            + "the path is missing"),
    Mistake("listen:\n- 0.0.0.0:5060", listen("0.0.0.0:5060", "put udp: in front")),
    Mistake(
        "listen:\n- sctp:0.0.0.0:5061",
        "2:3: expected an address such as udp:0.0.0.0:5060 or tls:[::]:5061, found 'sctp:0.0.0.0:5061'"
    ),
    Mistake("listen:\n- tls:0.0.0.0:5061", "2:1: tls and wss need tls.certificates"),
    Mistake(
        "tls:\n  client_verification: required",
        "2:24: name tls.client_authorities as well"),
    Mistake(
        "tls:\n  client_authorities: /ca.pem", "2:23: set tls.client_verification as well"),
    Mistake("tls:\n  trusted_names: [a.test]", "2:18: set tls.client_verification as well"),
    Mistake(
        "tls:\n  certificates:\n  - {chain: a.pem, cert: b.pem}",
        "3:20: unknown key 'cert'; known are: chain, key",
        "3:5: expected the files of a certificate and its key, {chain: FILE, key: FILE} or FILE:FILE"
    ),
    Mistake(
        "listen:\n- udp:0.0.0.0",
        listen("udp:0.0.0.0", "the port is missing, as in udp:0.0.0.0:5060")),
    Mistake(
        "listen:\n- udp:[::1]", listen("udp:[::1]", "the port is missing, as in udp:[::1]:5060")),
    Mistake(
        "listen:\n- udp:0.0.0.0:65536",
        listen("udp:0.0.0.0:65536", "'65536' is no port from 0 to 65535")),
    Mistake(
        "listen:\n- udp:host:5060", listen("udp:host:5060", "'host' is no numeric address")),
    Mistake("domains: [sip:a.example]", domain("sip:a.example", "leave out the scheme")),
    Mistake("domains: [a@b.example]", domain("a@b.example", "leave out the user and '@'")),
    Mistake(
        "domains: ['a.example:5060']",
        "1:11: expected a domain such as voice.example, "
            + "found the quoted text \"a.example:5060\": leave out the port"),
    Mistake("domains: [a..b]", "1:11: expected a domain such as voice.example, found 'a..b'"),
    Mistake(
        "trusted_peers: [192.0.2.0/33]",
        "1:17: expected an address or a network such as 192.0.2.7 or 2001:db8:7::/48, "
            + "found '192.0.2.0/33': the mask is 0 to 32 bits"),
    Mistake(
        "trusted_peers: [gw.example]",
        "1:17: expected an address or a network such as 192.0.2.7 or 2001:db8:7::/48, "
            + "found 'gw.example'"),
    Mistake(
        "listen: []\ndomains: []\nlisten: []", "3:1: the key 'listen' stands twice, first in line 1"
    ),
    Mistake("location:\n  mode: 1\n  mode: 2", "3:3: the key 'mode' stands twice, first in line 2"),
    Mistake("listen: [", "2:1: not YAML: did not find expected node content"),
    Mistake("a: *b", "1:4: not YAML: found undefined alias"),
    Mistake("\tlisten: []", "1:1: not YAML: found character that cannot start any token"),
    Mistake("preset: home\n---\npreset: ser", "2:1: not YAML: but found another document"),
]

private func listen(_ found: String, _ hint: String) -> String {
    "2:3: expected an address such as udp:0.0.0.0:5060 or tls:[::]:5061, found '\(found)': \(hint)"
}

private func domain(_ found: String, _ hint: String) -> String {
    "1:11: expected a domain such as voice.example, found '\(found)': \(hint)"
}

private func database(_ found: String, _ hint: String) -> String {
    "1:11: expected a database such as sqlite:/var/lib/sipd/sipd.sqlite or "
        + "mysql://user@host/database, found '\(found)': \(hint)"
}
