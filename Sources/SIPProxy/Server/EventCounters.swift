import Metrics
import SIPCore
import SIPTransport

/// The counters of the proxy's events, made once: an event costs an addition.
struct EventCounters: Sendable {
    private let factory: any MetricsFactory
    private let unframeable: Counter
    private let strayResponses: Counter
    private let relayed: Counter
    private let unreachable: Counter
    private let unresolved: Counter
    private let routeFailures: Counter
    private let overloaded: Counter
    private let connectionEnds: [StreamEnd: Counter]
    private let dropped: [DropCause: Counter]
    private let refused: [Counter]
    private let answered: [Counter]
    private let completed: [Counter]

    /// - Parameter factory: makes them.
    init(_ factory: any MetricsFactory) {
        self.factory = factory
        func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        /// One for each class of status, at its own number.
        func byClass(_ label: String) -> [Counter] {
            (0...6).map { counter(label, [("class", "\($0)xx")]) }
        }
        unframeable = counter("sip_unframeable_total")
        strayResponses = counter("sip_stray_responses_total")
        relayed = counter("sip_relayed_total")
        unreachable = counter("sip_unreachable_total")
        unresolved = counter("sip_unresolved_total")
        routeFailures = counter("sip_route_failures_total")
        overloaded = counter("sip_overloaded_total")
        connectionEnds = Dictionary(
            uniqueKeysWithValues: StreamEnd.allCases.map { end in
                (end, counter("sip_connections_ended_total", [("reason", end.rawValue)]))
            })
        dropped = Dictionary(
            uniqueKeysWithValues: DropCause.allCases.map { cause in
                (cause, counter("sip_dropped_total", [("cause", cause.rawValue)]))
            })
        refused = byClass("sip_refused_total")
        answered = byClass("sip_answered_total")
        completed = byClass("sip_completed_total")
    }

    func count(_ event: ProxyEvent) {
        switch event {
        case .unframeable: unframeable.increment()
        case .refused(let status, _, _): refused[status.hundreds].increment()
        case .strayResponse: strayResponses.increment()
        case .answered(_, let status, _, _): answered[status.hundreds].increment()
        case .relayed: relayed.increment()
        case .completed(_, let status, _): completed[status.hundreds].increment()
        case .unreachable: unreachable.increment()
        case .unresolved: unresolved.increment()
        case .connectionEnded(let end, _): connectionEnds[end]?.increment()
        case .routeFailed: routeFailures.increment()
        case .authenticationRefused(let reason, _, _):
            Counter(
                label: "sip_authentication_refused_total", dimensions: [("reason", reason)],
                factory: factory
            ).increment()
        case .dropped(let cause, _): dropped[cause]?.increment()
        case .flooding: break
        case .banned(_, let cause, _):
            Counter(
                label: "sip_bans_total", dimensions: [("cause", cause.rawValue)], factory: factory
            ).increment()
        case .gateway(let change):
            let dimensions = [("group", change.group), ("gateway", "\(change.uri)")]
            Gauge(label: "sip_gateway_up", dimensions: dimensions, factory: factory)
                .record(change.state == .up ? 1 : 0)
            Counter(
                label: "sip_gateway_changes_total",
                dimensions: dimensions + [("state", change.state.rawValue)], factory: factory
            ).increment()
        case .overloaded: overloaded.increment()
        }
    }
}
