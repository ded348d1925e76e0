import Logging
import Metrics
import SIPCore
import SIPTransport

/// Writes the proxy's events to the log and counts them: one line an event, with its reason, never with credentials.
struct EventLog: Sendable {
    private let logger: Logger
    private let counters: EventCounters

    /// - Parameter metrics: makes the counters.
    init(_ logger: Logger, metrics: any MetricsFactory) {
        self.logger = logger
        counters = EventCounters(metrics)
    }

    func record(_ event: ProxyEvent) {
        counters.count(event)
        switch event {
        case .unframeable(let error, let source):
            logger.debug(
                "no SIP message",
                metadata: ["source": "\(source)", "reason": "\(error)"])
        case .refused(let status, let reason, let source):
            logger.info(
                "request refused",
                metadata: [
                    "status": "\(status.code)", "reason": "\(reason)", "source": "\(source)",
                ])
        case .strayResponse(let status, let source):
            logger.debug(
                "stray response",
                metadata: ["status": "\(status.code)", "source": "\(source)"])
        case .answered(let method, let status, let callID, let source):
            logger.debug(
                "request answered",
                metadata: [
                    "method": "\(method)", "status": "\(status.code)", "call": "\(callID)",
                    "source": "\(source)",
                ])
        case .relayed(let method, let callID, let branches):
            logger.debug(
                "request relayed",
                metadata: [
                    "method": "\(method)", "call": "\(callID)", "branches": "\(branches)",
                ])
        case .completed(let method, let status, let callID):
            logger.debug(
                "request completed",
                metadata: [
                    "method": "\(method)", "status": "\(status.code)", "call": "\(callID)",
                ])
        case .unreachable(let endpoint):
            logger.notice("target unreachable", metadata: ["target": "\(endpoint)"])
        case .unresolved(let host, let reason):
            logger.notice(
                "name unresolved", metadata: ["name": "\(host)", "reason": "\(reason)"])
        case .connectionEnded(let end, let remote):
            logger.log(
                level: end.isOrdinary ? .debug : .info, "connection ended",
                metadata: ["reason": "\(end.rawValue)", "peer": "\(remote)"])
        case .routeFailed(let method, let error, let callID):
            logger.error(
                "route failed",
                metadata: ["method": "\(method)", "error": "\(error)", "call": "\(callID)"])
        case .authenticationRefused(let reason, let callID, let source):
            logger.notice(
                "authentication refused",
                metadata: [
                    "reason": "\(reason)", "call": "\(callID)", "source": "\(source)",
                ])
        case .dropped(let cause, let source):
            logger.trace(
                "dropped", metadata: ["cause": "\(cause.rawValue)", "source": "\(source)"])
        case .flooding(let source):
            logger.warning("too many requests, dropped", metadata: ["source": "\(source)"])
        case .banned(let source, let cause, let time):
            logger.warning(
                "banned",
                metadata: [
                    "source": "\(source)", "cause": "\(cause.rawValue)",
                    "seconds": "\(time.components.seconds)",
                ])
        case .gateway(let change):
            logger.log(
                level: change.state == .up ? .notice : .warning, "gateway \(change.state.rawValue)",
                metadata: [
                    "group": "\(change.group)", "gateway": "\(change.uri)",
                    "reason": "\(change.reason)",
                ])
        case .overloaded(let source):
            logger.warning("too many transactions", metadata: ["source": "\(source)"])
        }
    }
}

extension StreamEnd {
    /// Whether it is of no interest to an operator.
    fileprivate var isOrdinary: Bool {
        switch self {
        case .closedByPeer, .idle, .stopped: true
        default: false
        }
    }
}
