import SIPCore
import SIPTransaction

extension ProxyCore {
    /// A response to something that we sent (RFC 3261 16.7, 17.1.3).
    mutating func receive(_ received: ReceivedResponse, for token: BranchToken, at now: Instant) {
        let status = received.response.status
        guard let (session, index) = branch(token) else {
            if let transaction = ownTransaction(token) {
                return receive(received, for: transaction, at: now)
            }
            if passStateless(received, token) { return }
            // RFC 6026 7.3: a response without a transaction "MUST NOT be forwarded".
            outputs.append(.event(.strayResponse(status, from: received.source)))
            return
        }
        if received.essentials.cseq.method == .cancel {
            receiveForCancel(status, session, index, at: now)
            return
        }
        guard received.essentials.cseq.method == session.method else {
            outputs.append(.event(.strayResponse(status, from: received.source)))
            return
        }
        // 16.7 step 3: "If no Via header field values remain in the copy, the response was meant for this element and MUST NOT
        // be forwarded." Requests of our own have none (``OwnTransaction``), so whoever sent it has lost the caller's Via.
        guard received.response.message.hasVia(behind: received.essentials.via) else {
            outputs.append(.event(.strayResponse(status, from: received.source)))
            return
        }
        let effects = session.branches[index].client.receive(
            .response(status), timers: settings.timers)
        performClient(effects, session, index, response: received.response, at: now)
        guard effects.actions.contains(.passToUser) else { return }
        if status.isProvisional {
            proceed(session, index, received, at: now)
        } else {
            finish(session, index, received, at: now)
        }
    }

    /// 16.7 steps 2 and 5 for 1xx: Timer C is reset; what is not 100 goes on at once.
    private mutating func proceed(
        _ session: Session, _ index: Int, _ received: ReceivedResponse, at now: Instant
    ) {
        if session.branches[index].gateway != nil, !session.branches[index].isProceeding {
            waitForGateway(session, at: now)
        }
        session.branches[index].isProceeding = true
        if session.branches[index].alternatives != nil { endPatience(session, index, at: now) }
        if case .wanted = session.branches[index].cancel { sendCancel(session, index, at: now) }
        let status = received.response.status
        guard status != .trying else { return }
        if case .none = session.branches[index].cancel, session.branches[index].isInvite {
            armTimerC(session, index, at: now)
        }
        // RFC 4320 4.1: no element sends "any provisional response with a Status-Code other than 100 to a non-INVITE request".
        guard !session.isAnswered, session.method == .invite,
            !session.branches[index].isGivenUp
        else { return }
        pass(received.asItGoesOn(to: session, index, site), status, to: session, at: now)
    }

    /// 16.7 for final responses.
    private mutating func finish(
        _ session: Session, _ index: Int, _ received: ReceivedResponse, at now: Instant
    ) {
        let status = received.response.status
        let bytes = received.asItGoesOn(to: session, index, site)
        session.branches[index].timers.cancel(.c, in: &wheel)
        let wasPending = session.branches[index].isPending
        if status.isSuccess {
            // Step 5: any 2xx to an INVITE goes on at once, also a second one; of another request only the first.
            session.branches[index].final = .received(status, [])
            if wasPending { judgeGateway(session, index) }
            if session.method == .invite || !session.isAnswered {
                pass(bytes, status, to: session, at: now)
            }
            // Step 10: the other branches are of no use any more.
            cancelPending(session, at: now)
            releaseIfDone(session)
        } else if wasPending {
            session.branches[index].final = .received(status, bytes)
            var pause: Duration?
            if status == .serviceUnavailable {
                pause = (try? received.response.retryAfter).map { .seconds($0.seconds) }
                if session.branches[index].alternatives != nil {
                    failOver(session, index, for: pause, at: now)
                }
            }
            if status == .flowFailed || status == .requestTimeout {
                tryNextFlow(session, index, at: now)
            }
            judgeGateway(session, index, retryAfter: pause)
            // Step 5: on a 6xx "it should cancel all client pending transactions".
            if status.code >= 600 {
                session.search?.giveUp()
                cancelPending(session, at: now)
            }
            answerIfDone(session, at: now)
        }
    }

    /// Once all branches have ended without a 2xx, the next group is asked; when there is none, the best response goes back
    /// (16.7 step 6).
    mutating func answerIfDone(_ session: Session, at now: Instant) {
        guard !session.isAnswered, !session.isRouting, !session.hasPendingBranches else { return }
        if let search = session.search {
            wheel.cancel(search.timer)
            if askNextGroup(session, at: now) { return }
            guard !session.isAnswered else { return }
            if askRouteAgain(session, at: now) { return }
        }
        answerWithBest(session, at: now)
    }

    /// The best response goes back (16.7 step 6).
    mutating func answerWithBest(_ session: Session, at now: Instant) {
        var finals = session.finals()
        if finals.isEmpty { finals = session.branches.compactMap(\.final) }
        guard let best = ResponseChoice.best(of: finals) else { return }
        // A cancelled call that nobody refused in time was terminated (9.2, 16.10).
        let status =
            session.isCancelled && best.status == .requestTimeout
            ? SIPStatus.requestTerminated : best.status
        switch best {
        case .received(.serviceUnavailable, _), .local(.serviceUnavailable):
            // Step 6: a 503 would make the caller avoid this proxy: it "SHOULD NOT be forwarded upstream".
            respond(Reply(.serverInternalError), to: session, at: now)
        case .received(.requestTimeout, _) where session.method != .invite,
            .local(.requestTimeout) where session.method != .invite:
            // RFC 4320 4.2: "MUST NOT send a response with a Status-Code of 408 to a non-INVITE request"; its client has given
            // up already.
            session.isAnswered = true
            forget(session)
            return
        case .received(let status, let bytes):
            pass(
                status.isChallenge ? CollectedChallenges.bytes(bytes, of: finals) : bytes, status,
                to: session, at: now)
        case .local:
            respond(Reply(status), to: session, at: now)
        }
        releaseIfDone(session)
    }

    /// Sends a response back through the server transaction.
    mutating func pass(
        _ bytes: [UInt8], _ status: SIPStatus, to session: Session, at now: Instant
    ) {
        let effects = session.server.receive(.send(status), timers: settings.timers)
        performServer(effects, session, response: bytes, at: now)
        if !effects.actions.contains(.sendNew), session.method == .invite, status.isSuccess {
            // A 2xx that comes after another final response went back: the caller's phone must hear of it (16.7 step 5).
            outputs.append(
                .send(bytes, to: session.replyDestination, from: session.interface, branch: nil))
        }
        guard !status.isProvisional, !session.isAnswered else { return }
        session.isAnswered = true
        endSearch(session)
        session.timers.cancel(.c, in: &wheel)
        outputs.append(.event(.completed(session.method, status, callID: session.callID)))
        fileAcknowledgement(bytes, status, of: session)
        releaseIfDone(session)
    }

    /// 17.2.3: without the magic cookie an ACK is found by the To-tag of the response, which is known only now.
    private mutating func fileAcknowledgement(
        _ bytes: [UInt8], _ status: SIPStatus, of session: Session
    ) {
        guard session.method == .invite, !status.isSuccess, let arrival = session.arrival,
            !arrival.essentials.via.hasMagicCookie,
            case .response(let response)? = try? SIPMessage(bytes)
        else { return }
        let key = TransactionKey.acknowledgement(
            of: arrival.request, arrival.essentials, responseTag: try? response.to.tag,
            hashKey: hashKey)
        guard let key, transactions[key] == nil else { return }
        transactions[key] = session.id.place
        session.acknowledgementKey = key
    }

    private func releaseIfDone(_ session: Session) {
        if session.isAnswered, !session.hasPendingBranches { session.releaseRequest() }
    }
}

extension ReceivedResponse {
    /// The response as it goes on: the topmost Via is ours, and is taken off (RFC 3261 16.7 step 3).
    func withoutTopVia() -> [UInt8] {
        var editor = editorWithoutTopVia()
        return editor.spliced()
    }

    private func editorWithoutTopVia() -> MessageEditor {
        let message = response.message
        var editor = MessageEditor(message)
        if let line = message.firstLine(of: .via) {
            editor.remove(
                message.rangeOfFirstElement(ofLine: line, end: essentials.via.text.range.upper))
        }
        return editor
    }

    /// The same, with what the route wants different.
    fileprivate func asItGoesOn(to session: Session, _ branch: Int, _ site: Site) -> [UInt8] {
        var routed = RoutedResponse(self, session.attachment)
        session.responded?(&routed)
        let fix = session.fixesContacts ? contactFix(session.branches[branch], site) : nil
        var editor = editorWithoutTopVia()
        if routed.isEdited || fix != nil { edit(&editor, routed, fix) }
        return editor.spliced()
    }

    /// What is to be done to the Contact of a response that makes or renews a dialog. That of a 3xx is somebody else's.
    ///
    /// A proxy that stands between has put itself into the Record-Route, before us: then the source is not the phone.
    private func contactFix(_ branch: Branch, _ site: Site) -> ContactFix? {
        guard branch.isBehindNAT, response.status.code < 300,
            response.message.firstLine(of: .contact) != nil,
            branch.route?.destination == source
        else { return nil }
        if let top = response.message.elements(of: .recordRoute).first(where: { _ in true }) {
            guard let uri = (try? NameAddress(top))?.uri.sip, site.responsibility.includes(uri)
            else { return nil }
        }
        return ContactFix(sender: SenderPlace(translated: source))
    }

    private func edit(
        _ editor: inout MessageEditor, _ routed: RoutedResponse, _ fix: ContactFix?
    ) {
        let message = response.message
        for index in message.lines.indices {
            let line = message.lines[index]
            if routed.removed.contains(where: { message.isNamed(line, $0) }) {
                editor.remove(message.lineRange(index))
            } else if let fix, line.header == .contact {
                fix.apply(toLine: index, of: message, &editor)
            }
        }
        for header in routed.added { editor.addLine { header.append(to: &$0) } }
    }
}

extension MessageBytes {
    /// Whether another Via stands behind the topmost one.
    func hasVia(behind top: Via) -> Bool {
        let end = top.text.range.upper
        var isTop = true
        for line in lines where line.header == .via {
            // Behind the topmost there is nothing, or a comma and the next one.
            if isTop ? line.value.upper > end : !line.value.isEmpty { return true }
            isTop = false
        }
        return false
    }
}
