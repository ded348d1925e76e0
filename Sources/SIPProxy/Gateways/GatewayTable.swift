package import SIPCore

/// A gateway of a ``GatewayTable``: never another one by the same number.
package struct GatewayID: Hashable, Sendable {
    package let number: UInt32
}

/// A probe that is due.
package struct GatewayProbe: Sendable {
    package let id: GatewayID
    package let uri: URI
    package let timeout: Duration
}

/// All gateways with what is known of them: no clock, no socket. What is due is asked for, what happened is told.
package struct GatewayTable: Sendable {
    private var groups: [String: GatewayGroup] = [:]
    private var entries: [Entry] = []
    private var changes: [GatewayChange] = []
    private var issued: UInt32 = 0
    /// The addresses of groups that are trusted.
    private(set) var trusted: Set<IPAddress> = []

    private struct Entry: Sendable {
        let id: GatewayID
        let group: String
        var gateway: Gateway
        var health = GatewayHealth()
        /// nil: not planned yet.
        var nextProbe: Instant?
        var isProbing = false
        /// When it went up or down.
        var changed: Instant?
        var probes = GatewayStatus.Count()
        var calls = GatewayStatus.Count()
    }

    package init(_ groups: [GatewayGroup] = []) { replace(with: groups) }

    /// Other groups. What is known of a gateway that stays in its group stays known.
    package mutating func replace(with new: [GatewayGroup]) {
        let old = entries
        groups = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
        entries = []
        trusted = []
        for group in new where groups[group.name] == group {
            for gateway in group.gateways {
                var entry =
                    old.first { $0.group == group.name && $0.gateway.uri == gateway.uri }
                    ?? newEntry(gateway, group)
                entry.gateway = gateway
                entries.append(entry)
                if group.isTrusted, let address = gateway.uri.sip?.host.address {
                    trusted.insert(address)
                }
            }
        }
    }

    private mutating func newEntry(_ gateway: Gateway, _ group: GatewayGroup) -> Entry {
        issued += 1
        return Entry(id: GatewayID(number: issued), group: group.name, gateway: gateway)
    }

    package func group(_ name: String) -> GatewayGroup? { groups[name] }

    /// The gateways of a group that take calls, in the order in which one is sent to them.
    ///
    /// - Parameter random: what the draw follows from; the same number is the same order, and a gateway that is lost moves no other.
    package func order(
        _ group: String, random: UInt64
    ) -> [(id: GatewayID, gateway: Gateway)] {
        var order: [(rank: UInt16, lot: UInt64, entry: Entry)] = []
        for entry in entries where entry.group == group && entry.health.takesCalls {
            let lot = GatewayDraw.lot(
                of: entry.id, weight: entry.gateway.weight, random: random)
            order.append((entry.gateway.priority, lot, entry))
        }
        return order.sorted { ($0.rank, $0.lot) < ($1.rank, $1.lot) }.map {
            ($0.entry.id, $0.entry.gateway)
        }
    }
}

// MARK: - Time

extension GatewayTable {
    /// When something is due; nil when nothing ever is.
    package var nextDeadline: Instant? {
        entries.compactMap { entry in
            guard isProbed(entry) else { return entry.health.isUp ? nil : entry.health.restsUntil }
            return entry.isProbing ? nil : entry.nextProbe ?? .zero
        }.min()
    }

    /// The probes that are due, and the end of pauses.
    package mutating func due(at now: Instant) -> [GatewayProbe] {
        var probes: [GatewayProbe] = []
        for index in entries.indices {
            guard let probing = groups[entries[index].group]?.probing else {
                update(index, at: now) { $0.tick(isProbed: false, at: now) }
                continue
            }
            guard isProbed(entries[index]), !entries[index].isProbing else { continue }
            guard let planned = entries[index].nextProbe else {
                // Those of a group are spread over the interval.
                entries[index].nextProbe =
                    now + probing.interval * index / entries.count
                continue
            }
            guard planned <= now else { continue }
            entries[index].isProbing = true
            entries[index].nextProbe = now + probing.interval
            probes.append(
                GatewayProbe(
                    id: entries[index].id, uri: entries[index].gateway.uri.withoutUser,
                    timeout: min(probing.timeout, probing.interval)))
        }
        return probes
    }

    private func isProbed(_ entry: Entry) -> Bool {
        entry.health.isEnabled && groups[entry.group]?.probing != nil
    }
}

// MARK: - What happened

extension GatewayTable {
    /// What a probe showed; nil: nothing, it was not sent.
    package mutating func probed(_ id: GatewayID, _ answer: ProbeAnswer?, at now: Instant) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[index].isProbing = false
        guard let answer, let probing = groups[entries[index].group]?.probing,
            isProbed(entries[index])
        else { return }
        let isAlive = answer.isAlive(probing)
        entries[index].probes.add(isFailure: !isAlive)
        update(index, at: now) {
            $0.probed(isAlive, probing, reason: answer.reason, at: now)
        }
    }

    /// What a call showed.
    package mutating func called(_ id: GatewayID, _ outcome: GatewayOutcome, at now: Instant) {
        guard let index = entries.firstIndex(where: { $0.id == id }),
            let group = groups[entries[index].group]
        else { return }
        entries[index].calls.add(isFailure: outcome != .reached)
        update(index, at: now) { $0.called(outcome, group, at: now) }
    }

    /// - Parameter uri: as it is written; nil: all of the group.
    /// - Returns: how many there are.
    package mutating func set(
        isEnabled: Bool, _ group: String, _ uri: String?, at now: Instant
    ) -> Int {
        change(group, uri) { table, index in
            table.update(index, at: now) { $0.set(isEnabled: isEnabled) }
            table.entries[index].nextProbe = nil
        }
    }

    /// Has gateways probed at once.
    ///
    /// - Parameter uri: as it is written; nil: all of the group.
    /// - Returns: how many there are that are probed at all.
    package mutating func probe(_ group: String, _ uri: String?, at now: Instant) -> Int {
        guard groups[group]?.probing != nil else { return 0 }
        return change(group, uri) { table, index in table.entries[index].nextProbe = now }
    }

    private mutating func change(
        _ group: String, _ uri: String?, _ work: (inout GatewayTable, Int) -> Void
    ) -> Int {
        let found = entries.indices.filter { index in
            entries[index].group == group
                && (uri == nil || String(entries[index].gateway.uri.text) == uri)
        }
        for index in found { work(&self, index) }
        return found.count
    }

    private mutating func update(
        _ index: Int, at now: Instant, _ work: (inout GatewayHealth) -> Void
    ) {
        let before = entries[index].health
        work(&entries[index].health)
        let health = entries[index].health
        guard health.isUp != before.isUp || health.isEnabled != before.isEnabled else { return }
        entries[index].changed = now
        changes.append(
            GatewayChange(
                group: entries[index].group, uri: entries[index].gateway.uri,
                state: GatewayState(health), reason: health.reason))
    }

    /// Who went up or down since this was asked last.
    package mutating func takeChanges() -> [GatewayChange] {
        defer { changes = [] }
        return changes
    }

    package func status(at now: Instant) -> [GatewayStatus] {
        entries.map { entry in
            GatewayStatus(
                group: entry.group, gateway: entry.gateway, state: GatewayState(entry.health),
                reason: entry.health.reason, changed: entry.changed.map { now - $0 },
                probes: entry.probes, calls: entry.calls)
        }
    }
}
