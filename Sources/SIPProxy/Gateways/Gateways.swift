package import SIPCore
import Synchronization

/// The gateways of a proxy: who they are, and which of them take calls now. ``ProxySettings/gateways`` makes them a proxy's own, which
/// probes them while it runs; a route asks by ``RoutedRequest/gateways(_:by:)-(_,Member)``.
///
/// ```swift
/// let gateways = Gateways([
///     GatewayGroup("pstn", [
///         Gateway(try URI("sip:192.0.2.10"), weight: 2),
///         Gateway(try URI("sip:192.0.2.11")),
///         Gateway(try URI("sip:backup.example"), priority: 1),
///     ])
/// ])
/// settings.gateways = gateways
/// ```
public final class Gateways: Sendable {
    private let table: Mutex<GatewayTable>

    /// - Parameter groups: of two with the same name the first counts.
    public init(_ groups: [GatewayGroup] = []) { table = Mutex(GatewayTable(groups)) }

    /// Goes by other groups from the next call on. What is known of a gateway that stays in its group stays known.
    public func replace(with groups: [GatewayGroup]) {
        table.withLock { $0.replace(with: groups) }
    }

    // MARK: Who runs them

    package func status(at now: Instant) -> [GatewayStatus] {
        table.withLock { $0.status(at: now) }
    }

    /// Whether a request from there needs no other proof.
    package func trusts(_ address: IPAddress) -> Bool {
        table.withLock { $0.trusted.contains(address) }
    }

    /// The group, and those of it that take calls in the order in which one is sent to them; nil when there is no such group.
    package func order(
        _ group: String, random: (GatewayGroup.Distribution) -> UInt64
    ) -> (group: GatewayGroup, order: [(id: GatewayID, gateway: Gateway)])? {
        table.withLock { table in
            guard let found = table.group(group) else { return nil }
            return (found, table.order(group, random: random(found.distribution)))
        }
    }

    package func set(isEnabled: Bool, in group: String, _ uri: String?, at now: Instant) -> Int {
        table.withLock { $0.set(isEnabled: isEnabled, group, uri, at: now) }
    }

    package func probe(in group: String, _ uri: String?, at now: Instant) -> Int {
        table.withLock { $0.probe(group, uri, at: now) }
    }

    package func called(_ id: GatewayID, _ outcome: GatewayOutcome, at now: Instant) {
        table.withLock { $0.called(id, outcome, at: now) }
    }

    package func probed(_ id: GatewayID, _ answer: ProbeAnswer?, at now: Instant) {
        table.withLock { $0.probed(id, answer, at: now) }
    }

    /// What is due, who went up or down since this was asked last, and when to ask again.
    package func due(at now: Instant) -> (
        probes: [GatewayProbe], changes: [GatewayChange], next: Instant?
    ) {
        table.withLock { table in
            let probes = table.due(at: now)
            return (probes, table.takeChanges(), table.nextDeadline)
        }
    }
}
