import SIPCore
import SIPDNS
import SIPTransaction
import SIPTransport

// Forwarding without a transaction (RFC 3261 16.11): nothing is kept, and the branch alone finds the way back.
extension ProxyCore {
    /// Whether a request can go on without a transaction.
    ///
    /// An INVITE keeps its own: a CANCEL and the ACK for a refusal have to find it. Over a stream the way back is the connection, and
    /// no Via names that.
    func canBeStateless(_ session: Session) -> Bool {
        session.method != .invite && session.branches.isEmpty
            && !session.replyDestination.transport.isReliable
    }

    /// "A stateless proxy MUST choose one and only one target from the target set. This choice MUST only rely on fields in the message and
    /// time-invariant properties of the server." Its copies come here again, and go the same way with the same branch.
    mutating func forwardStateless(
        _ session: Session, _ request: RoutedRequest, to target: Target?
    ) {
        let arrival = request.arrival
        forget(session)
        do throws(Rejection) {
            guard let breadth = breadths(of: arrival.request, copies: 1)?[0] else {
                throw Rejection(.maxBreadthExceeded)
            }
            let hop = try NextHop(arrival, edits: request.edits, target: target)
            var edits = request.edits
            if let headers = target?.headers { edits.addedHeaders += headers }
            let forwarding = Forwarding(
                arrival: arrival, edits: edits, hop: hop, at: request.time, breadth: breadth)
            let token = BranchToken(
                statelessOn: stripe,
                cookie: wayBack(
                    session.replyDestination, arrival.essentials.via.branch,
                    arrival.essentials.callID, arrival.essentials.cseq))
            outputs.append(
                .event(.relayed(session.method, callID: arrival.essentials.callID, branches: 1)))
            switch hop.destination {
            case .endpoint(let endpoint): sendCopy(forwarding, token, to: endpoint)
            case .name(let server): wait(forwarding, token, for: server)
            }
        } catch {
            answerStateless(Reply(error), to: arrival)
        }
    }

    /// A copy that waits for a look-up.
    mutating func wait(_ forwarding: Forwarding, _ token: BranchToken, for server: ServerQuery) {
        // Their senders repeat them; look-ups that hang must not be in the way of all that come after.
        if waitingCopies.count >= 1024 { waitingCopies.removeAll() }
        waitingCopies[token] = forwarding
        outputs.append(.resolve(Query(server: server, branch: token)))
    }

    mutating func sendCopy(_ forwarding: Forwarding, _ token: BranchToken, to endpoint: Endpoint) {
        let arrival = forwarding.arrival
        let hop = forwarding.hop
        guard let interface = interface(for: endpoint, hop, preferring: arrival.interface) else {
            return answerStateless(Reply(.serverInternalError), to: arrival)
        }
        guard !site.responsibility.includes(endpoint) else {
            return answerStateless(Reply(.loopDetected), to: arrival)
        }
        let bytes = forwarding.copy(
            token: token, from: site.listeners[interface.listener], site: site)
        if bytes.count > Self.longestDatagram, hop.isSwitchable,
            let stream = streamInstead(of: endpoint),
            let other = self.interface(for: stream, hop, preferring: arrival.interface)
        {
            let copy = forwarding.copy(
                token: token, from: site.listeners[other.listener], site: site)
            let datagram = DatagramCopy(bytes, to: endpoint, from: interface)
            outputs.append(.sendLarge(copy, to: stream, from: other, orElse: datagram))
        } else if endpoint.transport.isSecure, let name = hop.name {
            outputs.append(
                .sendNamed(bytes, to: endpoint, name: name, from: interface, branch: nil))
        } else {
            outputs.append(.send(bytes, to: endpoint, from: interface, branch: nil))
        }
    }

    mutating func answerStateless(_ reply: Reply, to arrival: Arrival) {
        guard arrival.request.method != .ack else { return }
        outputs.append(
            .send(
                replyBytes(reply, to: arrival),
                to: Endpoint(receivedFrom: arrival.source, via: arrival.essentials.via),
                from: arrival.interface, branch: nil))
    }

    /// The response to a request that went on without a transaction: back to where the next Via says, when that is who asked.
    ///
    /// - Returns: whether it was one.
    mutating func passStateless(_ received: ReceivedResponse, _ token: BranchToken) -> Bool {
        guard token.isStateless,
            let via = (try? received.response.vias)?.dropFirst().first,
            case .endpoint(let destination)? = ResponseDestination(via: via),
            token.cookie
                == wayBack(
                    destination, via.branch, received.essentials.callID, received.essentials.cseq),
            let listener = site.listeners.firstIndex(where: { $0.reaches(destination) })
        else { return false }
        outputs.append(
            .send(
                received.withoutTopVia(), to: destination, from: Interface(listener: listener),
                branch: nil))
        return true
    }

    /// Who asked, and what: nobody else makes a branch that brings a response there.
    private func wayBack(
        _ destination: Endpoint, _ branch: ByteSlice?, _ callID: ByteSlice, _ cseq: CSeq
    ) -> UInt64 {
        var hash = SipHash(key: hashKey)
        switch destination.address {
        case .v4(let bits): hash.append(UInt64(bits))
        case .v6(let high, let low):
            hash.append(high)
            hash.append(low)
        }
        hash.append(UInt64(destination.port) << 32 | UInt64(cseq.number))
        // The lengths before the bytes, so that none can move from one to the other.
        for part in [branch ?? "", callID, ByteSlice(String(describing: cseq.method))] {
            hash.append(UInt64(part.count))
            hash.append(part.span)
        }
        return hash.finish().high
    }
}
