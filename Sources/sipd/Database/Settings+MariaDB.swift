import SIPLocation
import SIPMariaDB

extension Settings {
    /// What is set about tables, in the words of the database layer.
    var mariadbSettings: MariaDBSettings {
        var own = MariaDBSettings()
        own.tables.subscriber = tables.subscriber
        own.tables.location = tables.location
        own.tables.aliases = tables.aliases
        own.tables.dbaliases = tables.dbaliases
        own.tables.uri = tables.uri
        own.tables.domain = tables.domain
        own.tables.group = tables.group
        own.tables.address = tables.address
        own.tables.version = tables.version
        own.secrets =
            switch mariadb.calculateHA1 {
            case .auto: .either
            case .yes: .passwords
            case .no: .hashes
            }
        own.passwordColumn = mariadb.passwordColumn
        own.usesDomain = mariadb.usesDomain
        own.domain = domains.first ?? ""
        own.clock = mariadb.clock == .utc ? .utc : .local
        own.ignoresVersions = mariadb.ignoresVersions
        return own
    }

    /// What the daemon can't do without. The tables of aliases and of domains may be missing: then there are none.
    var neededServices: Set<MariaDBDatabase.Service> {
        var needed: Set<MariaDBDatabase.Service> = [.accounts]
        if location.mode != .memory { needed.insert(.bindings) }
        if permissions.names != .own { needed.insert(.uris) }
        if needsGroups { needed.insert(.groups) }
        if !permissions.trustedGroups.isEmpty { needed.insert(.addresses) }
        return needed
    }

    /// The domain that stands for all where all have the same users; nil where each has its own.
    var sharedDomain: String? {
        guard case .mariadb = database, !mariadb.usesDomain else { return nil }
        return domains.first
    }

    /// How long the daemon waits for its database at the start; nil: for ever.
    var patience: Duration? { mariadb.whenDownAtStart == .wait ? nil : .zero }

    /// The registrar's rules.
    var registrar: RegistrarSettings {
        var own = RegistrarSettings()
        own.minimumExpires = UInt32(location.minimumExpires)
        own.defaultExpires = UInt32(location.defaultExpires)
        own.maximumExpires = UInt32(location.maximumExpires)
        own.maximumContacts = location.maximumContacts
        own.path = path.accepted == .strict ? .strict : .lax
        own.whenFull = location.whenFull == .refuse ? .refuse : .replaceOldest
        return own
    }
}
