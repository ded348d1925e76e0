import Metrics
import SIPCore
import SIPTransport

/// The counters of the proxy's events, made once: an event costs an addition.
struct EventCounters: Sendable {
    private let unframeable = Counter(label: "sip_unframeable_total")
    private let strayResponses = Counter(label: "sip_stray_responses_total")
    private let relayed = Counter(label: "sip_relayed_total")
    private let unreachable = Counter(label: "sip_unreachable_total")
    private let unresolved = Counter(label: "sip_unresolved_total")
    private let routeFailures = Counter(label: "sip_route_failures_total")
    private let overloaded = Counter(label: "sip_overloaded_total")
    private let connectionEnds = Dictionary(
        uniqueKeysWithValues: StreamEnd.allCases.map { end in
            (
                end,
                Counter(
                    label: "sip_connections_ended_total", dimensions: [("reason", end.rawValue)])
            )
        })
    private let refused = EventCounters.byClass("sip_refused_total")
    private let answered = EventCounters.byClass("sip_answered_total")
    private let completed = EventCounters.byClass("sip_completed_total")

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
            Counter(label: "sip_authentication_refused_total", dimensions: [("reason", reason)])
                .increment()
        case .gateway(let change):
            let dimensions = [("group", change.group), ("gateway", "\(change.uri)")]
            Gauge(label: "sip_gateway_up", dimensions: dimensions)
                .record(change.state == .up ? 1 : 0)
            Counter(
                label: "sip_gateway_changes_total",
                dimensions: dimensions + [("state", change.state.rawValue)]
            ).increment()
        case .overloaded: overloaded.increment()
        }
    }

    /// A counter for each class of status, at its own number.
    private static func byClass(_ label: String) -> [Counter] {
        (0...6).map { Counter(label: label, dimensions: [("class", "\($0)xx")]) }
    }
}
