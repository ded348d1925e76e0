import SIPCore
import SIPTransaction

/// A request that is being worked on: its server transaction, and the branches it was forked to. RFC 3261 16.2 calls
/// it the response context.
///
/// Accesses to what changes are not checked at run time for overlapping: a stripe works on one event at a time, behind its
/// lock, and no access lasts beyond a statement. The checks took 4 % of a call.
final class Session {
    let id: SessionID
    let key: TransactionKey
    /// Under what an RFC 2543 client's ACK finds the session.
    @exclusivity(unchecked) var acknowledgementKey: TransactionKey?
    /// Dropped as soon as nothing needs the request any more: an answered call costs 32 s of memory (RFC 6026).
    @exclusivity(unchecked) var arrival: Arrival?
    let method: SIPMethod
    /// Where responses go (18.2.2).
    let replyDestination: Endpoint
    /// Where the request came in. RFC 3581 4: a response "MUST be sent from the same address and port that the corresponding request was
    /// received on".
    let interface: Interface
    @exclusivity(unchecked) var server: ServerTransaction
    /// What the server transaction repeats.
    @exclusivity(unchecked) var lastResponse: [UInt8] = []
    @exclusivity(unchecked) var branches: [Branch] = []
    /// What the route does to responses.
    @exclusivity(unchecked) var responded: (@Sendable (inout RoutedResponse) -> Void)?
    /// Whether Contacts of phones behind a NAT are written anew on the way back.
    @exclusivity(unchecked) var fixesContacts = false
    /// What the route attached to the request.
    @exclusivity(unchecked) var attachment: Attachment?
    /// Who else may be asked; nil when that is nobody, whatever happens.
    @exclusivity(unchecked) var search: Search?
    /// The route has not answered yet.
    @exclusivity(unchecked) var isRouting = true
    /// The moment for a 100 has passed: it was sent, or there was no need.
    @exclusivity(unchecked) var isPastTrying = false
    /// A CANCEL came: whatever the route answers, the request is not passed on.
    @exclusivity(unchecked) var isCancelled = false
    /// A final response has gone back.
    @exclusivity(unchecked) var isAnswered = false
    @exclusivity(unchecked) var timers = RunningTimers()

    init(
        id: SessionID, key: TransactionKey, arrival: Arrival, replyDestination: Endpoint,
        server: ServerTransaction
    ) {
        self.id = id
        self.key = key
        self.arrival = arrival
        method = arrival.request.method
        self.replyDestination = replyDestination
        interface = arrival.interface
        self.server = server
    }

    /// The Call-ID as long as the request is needed. It shares the request's datagram, which nothing else keeps for the 32 s
    /// that an answered session lives.
    var callID: ByteSlice { arrival?.essentials.callID ?? "" }

    /// Whether any branch still waits for its final response.
    var hasPendingBranches: Bool {
        branches.contains { $0.isPending }
    }

    /// What the branches from one on ended with, but for redirects that were followed.
    func finals(from first: Int = 0) -> [FinalResponse] {
        var finals: [FinalResponse] = []
        for branch in branches[first...] where !branch.isFollowed {
            if let final = branch.final { finals.append(final) }
        }
        return finals
    }

    /// RFC 3261 16.7 step 4: a 3xx whose contacts are asked must not be "included in the response context".
    func leaveOutRedirects() {
        for index in branches.indices {
            guard let final = branches[index].final, (300..<400).contains(final.status.code) else {
                continue
            }
            branches[index].isFollowed = true
        }
    }

    /// Lets go of what only a request on its way needs.
    func releaseRequest() {
        arrival = nil
        // A branch that was given up may still be refused, and its ACK is made from what was sent.
        for index in branches.indices {
            branches[index].alternatives = nil
            branches[index].flows = nil
            if !branches[index].isAbandoned, !branches[index].isGivenUp {
                branches[index].sent = []
            }
            branches[index].detour = nil
            // Once something went back nobody chooses among the refusals any more.
            if case .received(let status, _) = branches[index].final {
                branches[index].final = .received(status, [])
            }
        }
    }
}

/// One client transaction of a session: where a copy went, and what came back.
///
/// Accesses are not checked for overlapping, as those to its session.
final class Branch {
    let token: BranchToken
    /// What is to be written; nil when it is, and only ``sent`` is needed.
    @exclusivity(unchecked) var forwarding: Forwarding?
    @exclusivity(unchecked) var client: ClientTransaction
    let isInvite: Bool
    /// The gateway that it leads to, when it leads to one.
    let gateway: GatewayID?
    /// From where it is sent, and to where; nil as long as a name is looked up.
    @exclusivity(unchecked) var route: (interface: Interface, destination: Endpoint)?
    /// What else leads to the same phone; nil when nothing does.
    @exclusivity(unchecked) var flows: OtherFlows?
    /// It leads to a phone by our own Path.
    @exclusivity(unchecked) var isOnPath = false
    /// It leads to a phone that is not where its Contact points.
    @exclusivity(unchecked) var isBehindNAT = false
    /// Over TLS, the host whose certificate the peer has to have; nil: one for the address.
    @exclusivity(unchecked) var peerName: ByteSlice?
    /// Where else it may go when this way is closed.
    @exclusivity(unchecked) var detour: Forwarding?
    /// The copy, for retransmissions and to make CANCEL and ACK from.
    @exclusivity(unchecked) var sent: [UInt8] = []
    @exclusivity(unchecked) var ack: [UInt8] = []
    /// A provisional response came: only then may a CANCEL go out (RFC 3261 9.1).
    @exclusivity(unchecked) var isProceeding = false
    /// The branch's final response, or what stands for it when none came.
    @exclusivity(unchecked) var final: FinalResponse?
    @exclusivity(unchecked) var cancel = Cancellation.none
    @exclusivity(unchecked) var timers = RunningTimers()
    @exclusivity(unchecked) var cancelTimers = RunningTimers()
    /// Nobody waits for its client transaction any more: it was cancelled, and stayed silent.
    @exclusivity(unchecked) var isAbandoned = false
    /// It rang too long and counts as ended, yet its client transaction may still get an answer.
    @exclusivity(unchecked) var isGivenUp = false

    /// It was redirected, and the route has followed that; or it failed, and another destination is tried.
    @exclusivity(unchecked) var isFollowed = false
    /// Where else the request may go when this destination fails; nil when that is nowhere, whatever happens.
    @exclusivity(unchecked) var alternatives: Alternatives?

    init(
        token: BranchToken, forwarding: Forwarding, method: SIPMethod, gateway: GatewayID? = nil
    ) {
        self.token = token
        self.gateway = gateway
        self.forwarding = forwarding
        client = ClientTransaction(method, isReliable: false)
        isInvite = method == .invite
    }

    var isPending: Bool { final == nil }

    /// Whether nothing can come of it any more.
    var isOver: Bool {
        if case .sent(let client, _) = cancel, !client.isTerminated, !isAbandoned { return false }
        return client.isTerminated || isAbandoned || route == nil
    }

    /// How far cancelling the branch is.
    enum Cancellation {
        case none
        /// As soon as a provisional response comes.
        case wanted
        case sent(ClientTransaction, [UInt8])
    }
}
