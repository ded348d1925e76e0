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
