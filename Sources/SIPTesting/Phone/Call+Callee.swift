import SIPCore

// The callee's side of an INVITE.
extension Call {
    func follow(_ habit: Phone.Habit) {
        switch habit {
        case .manual, .isDead: break
        case .rings: ring()
        case .refuses(let status): refuse(status)
        case .answers(let delay):
            ring()
            phone.clock.after(delay) { [unowned self] in
                if finalStatus == nil { answer() }
            }
        }
    }

    /// Answers an incoming call 180.
    public func ring() { respond(180) }

    /// Answers an incoming call with a status from 300 on: 486 when it is busy, 603 to end the search on all phones.
    public func refuse(_ status: Int) {
        respond(status)
        finalStatus = status
        state = .ended
    }

    /// Answers an incoming call 200, and repeats that until the ACK comes; when none comes, hangs up.
    public func answer() {
        finalStatus = 200
        state = .answered
        let sdp = description(media)
        repeatedAnswer = RepeatedAnswer(
            phone.clock, send: { [unowned self] in respond(200, sdp: sdp) },
            onSilence: { [unowned self] in hangUp() })
    }

    private func respond(_ status: Int, sdp: String = "") {
        guard !isCaller, let server else { return }
        if status < 200 { state = .ringing }
        let lines = status < 300 ? ["Contact: <\(phone.contact)>"] : []
        phone.respond(status, to: server.request, server, tag: localTag, lines: lines, sdp: sdp)
    }

    func receiveAck(_ message: ReceivedMessage) {
        guard state == .answered || finalStatus == 200 else { return }
        received.append(message)
        repeatedAnswer?.stop()
        if !isCaller { isAcknowledged = true }
    }

    func isInvited(by message: ReceivedMessage) -> Bool {
        !isCaller && callID == message.callID && server?.request.branch == message.branch
    }

    func receiveCancel() {
        guard finalStatus == nil else { return }
        refuse(487)
    }
}
