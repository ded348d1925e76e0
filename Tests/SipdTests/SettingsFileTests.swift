import SIPCore
import SIPDNS
import SIPProxy
import SIPTransport
import Testing
import sipd

@Suite("settings file")
struct SettingsFileTests {
    @Test("an empty file means the defaults", arguments: ["", "# nothing\n", "---\n"])
    func empty(yaml: String) throws {
        #expect(try settings(yaml) == Settings())
    }

    @Test("every key reaches its setting")
    func values() throws {
        let settings = try settings(
            """
            listen: [udp:127.0.0.1:5070, "udp:[::1]:0"]
            domains: [voice.example, SIP.Example]
            database: sqlite:/srv/a b.sqlite
            key_file: /srv/key
            pid_file: /run/sipd.pid
            event_loops: 3
            max_forwards: 20
            max_message_size: 4000
            trying_on_register: yes
            trusted_peers: [192.0.2.1, "2001:db8::7", 198.51.100.0/28]
            gateways:
              - name: pstn
                to: [sip:192.0.2.10, {uri: "sips:gw.test;x=1", weight: 2, priority: 3}]
                distribution: call_id
                request_uri: kept
                probe: {interval: 1m, timeout: 2s, failures: 4, successes: 5, alive: [2xx, 404]}
                call_failures: 6
                pause: 10s
              - {name: fax, to: [sip:192.0.2.11], trusted: true, probe: false}
            pstn: {gateways: fax, members: callers}
            flood:
              enabled: false
              rate: 10
              burst: 20
              failed_logins: 3
              ban: 5m
              longest_ban: 1h
              memory: 1d
              exempt_loopback: false
              scanners: [nmap]
            tls:
              certificates: ["a.pem:a.key", {chain: b.pem, key: b.key}]
              client_verification: optional
              client_authorities: /ca.pem
              authorities: /roots.pem
              trusted_names: [gw.test]
            connections:
              maximum: 100
              maximum_per_source: 10
              connect_time: 1s
              handshake_time: 2s
              message_time: 3s
              idle_time: 2h
            location:
              mode: 2
              flush_interval: 5m
              minimum_expires: 30s
              default_expires: 1h
              maximum_expires: 1d
              alias_interval: 1m
              maximum_contacts: 3
              when_full: replace_oldest
            authentication:
              algorithms: [SHA-512-256, MD5]
              qop: [auth, auth-int]
              nonce_lifetime: 120
            accounts: {cache_lifetime: 0, cache_capacity: 10}
            permissions:
              domain_table: false
              names: own_and_table
              relay_group: pstn
              trusted_groups: [1, 7]
              interval: 1m
            mariadb:
              calculate_ha1: 1
              password_column: pw
              use_domain: no
              clock: utc
              ignore_versions: yes
              when_down_at_start: serve
            tables:
              subscriber: t1
              location: t2
              aliases: t3
              dbaliases: t4
              uri: t5
              domain: t6
              grp: t7
              address: t8
              version: t9
            advertised_host: sip.voice.example
            maximum_transactions: 1000
            timers: {t1: 200ms, t2: 2s, t4: 2500ms, c: 4m}
            dns:
              servers: [192.0.2.53, "192.0.2.53:5353", "[2001:db8::53]:53"]
              timeout: 500ms
              deadline: 3s
              failover: 2s
              set_aside: 1m
              maximum_waiting: 7
              cache_capacity: 500
            log: {level: debug, format: json}
            """)
        var expected = Settings()
        expected.listen = [
            Endpoint(.udp, .v4(0x7F00_0001), port: 5070),
            Endpoint(.udp, .v6(high: 0, low: 1), port: 0),
        ]
        expected.domains = ["voice.example", "sip.example"]
        expected.database = .sqlite(path: "/srv/a b.sqlite")
        expected.keyFile = "/srv/key"
        expected.pidFile = "/run/sipd.pid"
        expected.eventLoops = 3
        expected.maxForwards = 20
        expected.maxMessageSize = 4000
        expected.tryingOnRegister = true
        expected.trustedPeers = [
            Network(address: try #require(IPAddress("192.0.2.1"))),
            Network(address: try #require(IPAddress("2001:db8::7"))),
            Network(address: try #require(IPAddress("198.51.100.0")), prefixLength: 28),
        ]
        var pstn = GatewayGroup(
            "pstn",
            [
                Gateway(try URI("sip:192.0.2.10")),
                Gateway(try URI("sips:gw.test;x=1"), weight: 2, priority: 3),
            ])
        pstn.distribution = .callID
        pstn.keepsRequestURI = true
        pstn.probing?.interval = .seconds(60)
        pstn.probing?.timeout = .seconds(2)
        pstn.probing?.failures = 4
        pstn.probing?.successes = 5
        pstn.probing?.alive = [200...299, 404...404]
        pstn.callFailures = 6
        pstn.pause = .seconds(10)
        var fax = GatewayGroup("fax", [Gateway(try URI("sip:192.0.2.11"))])
        fax.isTrusted = true
        fax.probing = nil
        expected.gateways = [pstn, fax]
        expected.pstn.gateways = "fax"
        expected.pstn.members = "callers"
        expected.flood.isOn = false
        expected.flood.rate = 10
        expected.flood.burst = 20
        expected.flood.failedLogins = 3
        expected.flood.ban = 300
        expected.flood.longestBan = 3_600
        expected.flood.memory = 86_400
        expected.flood.exemptsLoopback = false
        expected.flood.scanners = ["nmap"]
        expected.tls.certificates = [
            .init(chain: "a.pem", key: "a.key"), .init(chain: "b.pem", key: "b.key"),
        ]
        expected.tls.clientVerification = .optional
        expected.tls.clientAuthorities = "/ca.pem"
        expected.tls.authorities = "/roots.pem"
        expected.tls.trustedNames = ["gw.test"]
        expected.connections.maximum = 100
        expected.connections.maximumPerSource = 10
        expected.connections.connectTime = .seconds(1)
        expected.connections.handshakeTime = .seconds(2)
        expected.connections.messageTime = .seconds(3)
        expected.connections.idleTime = 7200
        expected.location.mode = .writeBack
        expected.location.flushInterval = 300
        expected.location.minimumExpires = 30
        expected.location.defaultExpires = 3600
        expected.location.maximumExpires = 86_400
        expected.location.aliasInterval = 60
        expected.location.maximumContacts = 3
        expected.location.whenFull = .replaceOldest
        expected.authentication.algorithms = [.sha512256, .md5]
        expected.authentication.qop = [.auth, .authInt]
        expected.authentication.nonceLifetime = 120
        expected.accounts.cacheLifetime = 0
        expected.accounts.cacheCapacity = 10
        expected.permissions.servesTable = false
        expected.permissions.names = .ownAndTable
        expected.permissions.relayGroup = "pstn"
        expected.permissions.trustedGroups = [1, 7]
        expected.permissions.interval = 60
        expected.mariadb.calculateHA1 = .yes
        expected.mariadb.passwordColumn = "pw"
        expected.mariadb.usesDomain = false
        expected.mariadb.clock = .utc
        expected.mariadb.ignoresVersions = true
        expected.mariadb.whenDownAtStart = .serve
        expected.tables.subscriber = "t1"
        expected.tables.location = "t2"
        expected.tables.aliases = "t3"
        expected.tables.dbaliases = "t4"
        expected.tables.uri = "t5"
        expected.tables.domain = "t6"
        expected.tables.group = "t7"
        expected.tables.address = "t8"
        expected.tables.version = "t9"
        expected.advertisedHost = "sip.voice.example"
        expected.maximumTransactions = 1000
        expected.timers.t1 = .milliseconds(200)
        expected.timers.t2 = .seconds(2)
        expected.timers.t4 = .milliseconds(2500)
        expected.timers.c = .seconds(240)
        expected.dns.servers = ["192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53"]
        expected.dns.timeout = .milliseconds(500)
        expected.dns.deadline = .seconds(3)
        expected.dns.failover = .seconds(2)
        expected.dns.quarantine = .seconds(60)
        expected.dns.maximumWaiting = 7
        expected.dns.maximumCached = 500
        expected.log.level = .debug
        expected.log.format = .json
        #expect(settings == expected)
    }

    @Test("the preset changes defaults wherever it stands, and no value that is written")
    func preset() throws {
        let settings = try settings("trying_on_register: false\npreset: ser\n")
        #expect(settings.preset == .ser)
        #expect(!settings.tryingOnRegister)
    }

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

/// The settings of a file's text alone.
func settings(_ yaml: String) throws -> Settings {
    try Settings(Settings.Sources(file: SettingsFile.parse(yaml, path: "sipd.yaml")))
}

/// What is wrong with a file's text.
func problems(_ yaml: String) -> [String] {
    do {
        _ = try settings(yaml)
        return []
    } catch let problem as SettingsProblem {
        return [problem.description]
    } catch let problems as SettingsProblems {
        return problems.problems.map(\.description)
    } catch {
        return ["\(error)"]
    }
}
