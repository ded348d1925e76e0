import SIPCore
import SIPTransaction

/// The other flows to the phone that a branch leads to (RFC 5626 section 7).
final class OtherFlows {
    let request: Forwarding
    private var rest: ArraySlice<Target>

    init(_ request: Forwarding, _ targets: [Target]) {
        self.request = request
        rest = targets[...]
    }

    func next() -> Target? { rest.popFirst() }
}

extension ProxyCore {
    /// The branch that was added last leads to a phone that has other flows too, or none.
    mutating func addFlows(_ session: Session, _ flows: [Target]) {
        guard let branch = session.branches.last, let forwarding = branch.forwarding else { return }
        branch.flows = OtherFlows(forwarding, flows)
    }

    /// A flow has failed: "the proxy SHOULD replace the failed branch with another target (if one is available) with the same AOR and
    /// instance-id, but a different reg-id." A phone that has said anything but 408 and 430 has given its response.
    ///
    /// - Parameter index: the branch that failed; it has its final response already.
    mutating func tryNextFlow(_ session: Session, _ index: Int, at now: Instant) {
        guard let flows = session.branches[index].flows else { return }
        session.branches[index].flows = nil
        guard !session.isAnswered, !session.isCancelled else { return }
        let request = flows.request
        while let target = flows.next() {
            guard let hop = try? NextHop(request.arrival, edits: request.edits, target: target),
                speaks(hop.transport)
            else { continue }
            session.branches[index].isFollowed = true
            let new = session.branches.count
            addBranch(
                session,
                Forwarding(
                    arrival: request.arrival, edits: request.edits, hop: hop, at: request.time,
                    breadth: request.breadth, mark: request.mark), nil)
            session.branches[new].flows = flows
            start(session, new, at: now)
            // One that can't even be sent has failed at once.
            if !session.branches[new].isPending { tryNextFlow(session, new, at: now) }
            return
        }
        // RFC 5626 11.5: "Endpoints should never receive a 430 response."
        if session.branches[index].final?.status == .flowFailed {
            session.branches[index].final = .local(.temporarilyUnavailable)
        }
    }
}
