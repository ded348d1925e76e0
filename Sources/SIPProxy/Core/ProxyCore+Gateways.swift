import SIPCore
import SIPTransaction

// A group of gateways is a target set of which each is a group of its own (``RoutedRequest/gateways(_:by:)-(_,Member)``), with two
// differences from a phone's contacts: a gateway that says anything is waited for as if it were the only one, and what it answers is the answer,
// unless that is 5xx.
extension ProxyCore {
    /// A branch has ended: what that shows of the gateway it led to, and whether the next one is asked.
    ///
    /// - Parameter retryAfter: how long a 503 asks to be left alone.
    mutating func judgeGateway(
        _ session: Session, _ index: Int, retryAfter: Duration? = nil
    ) {
        guard let gateway = session.branches[index].gateway, !session.branches[index].isFollowed,
            let final = session.branches[index].final
        else { return }
        switch final {
        case .received(.serviceUnavailable, _) where retryAfter != nil:
            outputs.append(.gateway(gateway, .failed(retryAfter: retryAfter)))
        case .received(let status, _) where (500..<600).contains(status.code): break
        case .received:
            outputs.append(.gateway(gateway, .reached))
            session.search?.giveUp()
        case .local where session.branches[index].isProceeding:
            // It rang, and nobody picked up: another gateway would ring the same telephone.
            outputs.append(.gateway(gateway, .reached))
            session.search?.giveUp()
        case .local:
            outputs.append(.gateway(gateway, .failed(retryAfter: nil)))
        }
    }

    /// A gateway has said something for the first time: it is waited for from now on.
    mutating func waitForGateway(_ session: Session, at now: Instant) {
        guard let search = session.search else { return }
        wheel.cancel(search.timer)
        search.timer = .none
        guard let time = search.gatewayTime(hasSpoken: true, settings.failover, at: now) else {
            return
        }
        armSearch(session, search, time, at: now)
    }
}
