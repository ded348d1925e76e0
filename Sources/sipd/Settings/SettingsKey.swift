import SIPDNS

/// A setting: its name, how it is written, where it goes.
package struct SettingsKey: Sendable {
    /// The name in the file: `listen`, or `section.key`.
    package let path: String
    package let expects: String
    /// Whether flags and the environment name several values.
    package let isList: Bool
    /// Reads the value into the settings, or adds problems.
    package let apply: @Sendable (SettingsNode, inout Settings, inout [SettingsProblem]) -> Void

    /// Whether two settings differ in it.
    package let differs: @Sendable (Settings, Settings) -> Bool

    /// `SIPD_` and the path: `SIPD_LOCATION_MODE`.
    package var environmentName: String {
        "SIPD_" + path.uppercased().replacing(".", with: "_")
    }

    /// The part before the dot.
    package var section: String? {
        path.firstIndex(of: ".").map { String(path[..<$0]) }
    }

    private init<Value: Equatable & SendableMetatype>(
        _ path: String, _ target: any WritableKeyPath<Settings, Value> & Sendable,
        _ form: SettingsForm<Value>, isList: Bool = false
    ) {
        self.path = path
        self.expects = form.expects
        self.isList = isList
        self.apply = { node, settings, problems in
            if let value = form.read(node, &problems) { settings[keyPath: target] = value }
        }
        self.differs = { $0[keyPath: target] != $1[keyPath: target] }
    }
}

extension SettingsKey {
    /// Every setting, in the order of Docs/sipd.example.yaml.
    package static let all: [SettingsKey] = [
        SettingsKey("preset", \.preset, .choice()),
        SettingsKey("listen", \.listen, .list(of: .listen, mayBeEmpty: false), isList: true),
        SettingsKey("domains", \.domains, .list(of: .domain), isList: true),
        SettingsKey("advertised_host", \.advertisedHost, .optional(.domain)),
        SettingsKey("database", \.database, .database),
        SettingsKey("key_file", \.keyFile, .optional(.path)),
        SettingsKey("pid_file", \.pidFile, .optional(.path)),
        SettingsKey("control", \.control, .optional(.path)),
        SettingsKey("event_loops", \.eventLoops, .optional(.integer(1...256))),
        SettingsKey("max_forwards", \.maxForwards, .integer(1...255)),
        SettingsKey("max_message_size", \.maxMessageSize, .integer(1_300...65_535)),
        SettingsKey(
            "maximum_transactions", \.maximumTransactions, .integer(64...10_000_000)),
        SettingsKey("trying_on_register", \.tryingOnRegister, .bool),
        SettingsKey("trusted_peers", \.trustedPeers, .list(of: .network), isList: true),
        SettingsKey("gateways", \.gateways, .list(of: .gatewayGroup), isList: true),
        SettingsKey("pstn.gateways", \.pstn.gateways, .group),
        SettingsKey("pstn.members", \.pstn.members, .group),
        SettingsKey("flood.enabled", \.flood.isOn, .bool),
        SettingsKey("flood.rate", \.flood.rate, .integer(0...1_000_000)),
        SettingsKey("flood.burst", \.flood.burst, .integer(1...10_000_000)),
        SettingsKey("flood.failed_logins", \.flood.failedLogins, .integer(0...1_000_000)),
        SettingsKey("flood.ban", \.flood.ban, .seconds(1...2_592_000)),
        SettingsKey("flood.longest_ban", \.flood.longestBan, .seconds(1...2_592_000)),
        SettingsKey("flood.memory", \.flood.memory, .seconds(1...2_592_000)),
        SettingsKey("flood.exempt_loopback", \.flood.exemptsLoopback, .bool),
        SettingsKey("flood.scanners", \.flood.scanners, .list(of: .word), isList: true),
        SettingsKey("dscp", \.dscp, .optional(.dscp)),
        SettingsKey(
            "proxy_protocol.listen", \.proxyProtocol.listen, .list(of: .listen), isList: true),
        SettingsKey(
            "proxy_protocol.from", \.proxyProtocol.from, .list(of: .network), isList: true),
        SettingsKey(
            "tls.certificates", \.tls.certificates, .list(of: .certificate), isList: true),
        SettingsKey("tls.client_verification", \.tls.clientVerification, .choice()),
        SettingsKey("tls.client_authorities", \.tls.clientAuthorities, .optional(.path)),
        SettingsKey("tls.authorities", \.tls.authorities, .optional(.path)),
        SettingsKey("tls.trusted_names", \.tls.trustedNames, .list(of: .domain), isList: true),
        SettingsKey("connections.maximum", \.connections.maximum, .integer(1...1_000_000)),
        SettingsKey(
            "connections.maximum_per_source", \.connections.maximumPerSource,
            .integer(1...1_000_000)),
        SettingsKey(
            "connections.connect_time", \.connections.connectTime,
            .duration(.milliseconds(10) ... .seconds(120))),
        SettingsKey(
            "connections.handshake_time", \.connections.handshakeTime,
            .duration(.milliseconds(10) ... .seconds(120))),
        SettingsKey(
            "connections.message_time", \.connections.messageTime,
            .duration(.milliseconds(10) ... .seconds(120))),
        SettingsKey("connections.idle_time", \.connections.idleTime, .seconds(10...604_800)),
        SettingsKey("location.mode", \.location.mode, .number()),
        SettingsKey("location.flush_interval", \.location.flushInterval, .seconds(1...3_600)),
        SettingsKey("location.minimum_expires", \.location.minimumExpires, .seconds(1...86_400)),
        SettingsKey(
            "location.default_expires", \.location.defaultExpires, .seconds(1...31_536_000)),
        SettingsKey(
            "location.maximum_expires", \.location.maximumExpires, .seconds(1...31_536_000)),
        SettingsKey(
            "location.alias_interval", \.location.aliasInterval, .seconds(1...86_400)),
        SettingsKey("location.maximum_contacts", \.location.maximumContacts, .integer(1...1_000)),
        SettingsKey("location.when_full", \.location.whenFull, .choice()),
        SettingsKey(
            "location.service_route", \.location.serviceRoute, .list(of: .sipURI), isList: true),
        SettingsKey("location.gruu", \.location.gruu, .bool),
        SettingsKey("path.accepted", \.path.accepted, .choice()),
        SettingsKey("path.added", \.path.added, .choice()),
        SettingsKey("nat.fix_contacts", \.nat.fixContacts, .bool),
        SettingsKey("nat.keep_alive", \.nat.keepAlive, .choice()),
        SettingsKey("nat.interval", \.nat.interval, .seconds(1...600)),
        SettingsKey("nat.maximum_silence", \.nat.maximumSilence, .optional(.integer(1...1_000))),
        SettingsKey(
            "authentication.algorithms", \.authentication.algorithms,
            .list(of: .choice(), mayBeEmpty: false), isList: true),
        SettingsKey(
            "authentication.qop", \.authentication.qop, .list(of: .choice(), mayBeEmpty: false),
            isList: true),
        SettingsKey(
            "authentication.nonce_lifetime", \.authentication.nonceLifetime, .seconds(10...86_400)),
        SettingsKey("accounts.cache_lifetime", \.accounts.cacheLifetime, .seconds(0...86_400)),
        SettingsKey(
            "accounts.cache_capacity", \.accounts.cacheCapacity, .integer(1...100_000_000)),
        SettingsKey("permissions.domain_table", \.permissions.servesTable, .bool),
        SettingsKey("permissions.names", \.permissions.names, .choice()),
        SettingsKey("permissions.relay_group", \.permissions.relayGroup, .optional(.group)),
        SettingsKey(
            "permissions.trusted_groups", \.permissions.trustedGroups,
            .list(of: .integer(0...Int(Int32.max))), isList: true),
        SettingsKey("permissions.interval", \.permissions.interval, .seconds(1...86_400)),
        SettingsKey("mariadb.calculate_ha1", \.mariadb.calculateHA1, .choice()),
        SettingsKey("mariadb.password_column", \.mariadb.passwordColumn, .optional(.name)),
        SettingsKey("mariadb.use_domain", \.mariadb.usesDomain, .bool),
        SettingsKey("mariadb.clock", \.mariadb.clock, .choice()),
        SettingsKey("mariadb.ignore_versions", \.mariadb.ignoresVersions, .bool),
        SettingsKey("mariadb.when_down_at_start", \.mariadb.whenDownAtStart, .choice()),
        SettingsKey("tables.subscriber", \.tables.subscriber, .name),
        SettingsKey("tables.location", \.tables.location, .name),
        SettingsKey("tables.aliases", \.tables.aliases, .name),
        SettingsKey("tables.dbaliases", \.tables.dbaliases, .name),
        SettingsKey("tables.uri", \.tables.uri, .name),
        SettingsKey("tables.domain", \.tables.domain, .name),
        SettingsKey("tables.grp", \.tables.group, .name),
        SettingsKey("tables.address", \.tables.address, .name),
        SettingsKey("tables.version", \.tables.version, .name),
        SettingsKey("timers.t1", \.timers.t1, .duration(.milliseconds(10) ... .seconds(10))),
        SettingsKey("timers.t2", \.timers.t2, .duration(.milliseconds(10) ... .seconds(60))),
        SettingsKey("timers.t4", \.timers.t4, .duration(.milliseconds(10) ... .seconds(60))),
        // RFC 3261 16.6 step 11: "The timer MUST be larger than 3 minutes."
        SettingsKey("timers.c", \.timers.c, .duration(.seconds(181) ... .seconds(3_600))),
        SettingsKey("dns.servers", \.dns.servers, .list(of: .nameServer), isList: true),
        SettingsKey("dns.timeout", \.dns.timeout, .duration(.milliseconds(100) ... .seconds(60))),
        SettingsKey(
            "dns.deadline", \.dns.deadline, .duration(.milliseconds(100) ... .seconds(60))),
        SettingsKey(
            "dns.patience", \.dns.patience, .duration(.milliseconds(10) ... .seconds(60))),
        SettingsKey(
            "dns.failover", \.dns.failover, .duration(.milliseconds(100) ... .seconds(60))),
        SettingsKey("dns.set_aside", \.dns.quarantine, .duration(.seconds(1) ... .seconds(600))),
        SettingsKey("dns.maximum_waiting", \.dns.maximumWaiting, .integer(1...1_000_000)),
        SettingsKey("dns.cache_capacity", \.dns.maximumCached, .integer(100...10_000_000)),
        SettingsKey("log.level", \.log.level, .choice()),
        SettingsKey("log.format", \.log.format, .choice()),
    ]

    package static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
    package static let sections = Set(all.compactMap(\.section))
}
