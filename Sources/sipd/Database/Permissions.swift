import Logging
import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy

/// Keeps the operator's tables in memory as they are in the database, as far as the settings ask for them: domains, names, groups,
/// trusted addresses.
actor Permissions {
    /// What the proxy goes by.
    nonisolated let live: LiveTables
    /// The networks that the settings trust, whatever the tables say.
    private let fixed: [TrustedAddress]
    private let settings: Settings.Permissions
    private let logger: Logger
    private let domains: (any DomainTable)?
    private let names: (any AccountWordTable)?
    private let groups: (any AccountWordTable)?
    private let addresses: (any AddressTable)?
    private var rows = Rows()
    private var revisions: [String: Int64] = [:]
    private var last: Task<Void, any Error>?
    private var next = Instant(nanoseconds: 0)

    private struct Rows {
        var domains: Set<Host> = []
        var names: [AccountWord] = []
        var groups: [AccountWord] = []
        var addresses: [TrustedAddress] = []
    }

    /// - Throws: `Failure` when the settings ask for a table and name no database for it.
    init(_ databases: Databases, _ settings: Settings, _ logger: Logger) throws(Failure) {
        let own = settings.permissions
        fixed = settings.trustedPeers.filter { !$0.isAddress }.map {
            TrustedAddress(network: $0.address, prefixLength: $0.prefixLength)
        }
        live = LiveTables(SiteTables(addresses: fixed))
        self.settings = own
        self.logger = logger
        // Where no database is named for them, there are no domains but those of the settings.
        domains = own.servesTable ? try? databases.domains : nil
        names = own.names == .own ? nil : try databases.names
        groups = settings.needsGroups ? try databases.groups : nil
        addresses =
            own.trustedGroups.isEmpty
            ? nil
            : try databases.addresses { logger.warning("database", metadata: ["reason": "\($0)"]) }
    }

    /// Reads what has changed, at once. One after the other: who comes second reads what the first may have missed.
    ///
    /// - Throws: `StoreError`; a table that can't be read stays as it was, the others are read.
    func refresh() async throws {
        let before = last
        let task = Task {
            _ = await before?.result
            try await self.read()
        }
        last = task
        try await task.value
    }

    /// ``refresh()``, when the interval has passed since the last time that all was read.
    ///
    /// - Throws: `StoreError`.
    func maintain(at now: Instant) async throws {
        guard now >= next else { return }
        try await refresh()
        next = now + .seconds(settings.interval)
    }

    /// How many rows count, by the tables that are asked for.
    var counts: [String: Int] {
        var counts: [String: Int] = [:]
        if domains != nil { counts["domain"] = rows.domains.count }
        if names != nil { counts["uri"] = rows.names.count }
        if groups != nil { counts["grp"] = rows.groups.count }
        if addresses != nil { counts["address"] = rows.addresses.count }
        return counts
    }

    private func read() async throws {
        let before = revisions
        var failures: [any Error] = []
        do { try await readDomains() } catch { failures.append(error) }
        do { try await readNames() } catch { failures.append(error) }
        do { try await readGroups() } catch { failures.append(error) }
        do { try await readAddresses() } catch { failures.append(error) }
        if revisions != before {
            live.replace(
                with: SiteTables(
                    domains: rows.domains, names: rows.names, groups: rows.groups,
                    addresses: fixed + rows.addresses))
            let list = counts.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
            logger.info("tables loaded", metadata: ["rows": "\(list.joined(separator: ","))"])
        }
        if let failure = failures.first { throw failure }
    }

    private func readDomains() async throws {
        guard let domains, let revision = try await newRevision(of: "domain", domains) else {
            return
        }
        rows.domains = hosts(try await domains.list())
        revisions["domain"] = revision
    }

    private func readNames() async throws {
        guard let names, let revision = try await newRevision(of: "uri", names) else { return }
        rows.names = try await names.list()
        revisions["uri"] = revision
    }

    private func readGroups() async throws {
        guard let groups, let revision = try await newRevision(of: "grp", groups) else { return }
        rows.groups = try await groups.list()
        revisions["grp"] = revision
    }

    private func readAddresses() async throws {
        guard let addresses, let revision = try await newRevision(of: "address", addresses) else {
            return
        }
        rows.addresses = try await addresses.list().filter {
            settings.trustedGroups.contains($0.group)
        }
        revisions["address"] = revision
    }

    /// The revision of a table, when it is another than that of the rows in memory. What changes after this reading has a revision of
    /// its own, and is read the next time.
    private func newRevision(of name: String, _ table: any OperatorTable) async throws -> Int64? {
        let revision = try await table.revision()
        return revisions[name] == revision ? nil : revision
    }

    private func hosts(_ names: [ByteSlice]) -> Set<Host> {
        var hosts: Set<Host> = []
        for name in names {
            if let host = try? Host(name) {
                hosts.insert(host)
            } else {
                logger.warning("a row of table domain is none", metadata: ["domain": "\(name)"])
            }
        }
        return hosts
    }
}

extension Settings.Names {
    var rule: NameRule {
        switch self {
        case .own: .own
        case .table: .tabled
        case .ownAndTable: .ownOrTabled
        }
    }
}
