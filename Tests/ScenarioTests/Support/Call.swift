import SIPCore

/// A call as one of its phones sees it.
final class Call {
    enum State: Equatable {
        case calling, ringing, answered, ended
    }

    let callID: String
    let localTag: String
    let isCaller: Bool
    private(set) var state = State.calling
    /// Caller: the responses to the INVITE, those to the challenge included, copies of a 2xx included.
    private(set) var responses: [Letter] = []
    /// Caller: the final response that counts. Callee: what it answered itself.
    private(set) var finalStatus: Int?
    /// Callee: the ACK for its 2xx came.
    private(set) var isAcknowledged = false
    /// Requests inside of the dialog that came from the other side.
    private(set) var received: [Letter] = []
    /// How the BYE of this side was answered.
    private(set) var hangUpStatus: Int?
    /// Caller: a 2xx of each phone that answered; the first one is talked to.
    private(set) var dialogs: [PhoneDialog] = []
    /// Caller: how often each ACK for a 2xx was sent.
    private(set) var sentAcks = 0
    private unowned let phone: Phone
    private var invite: RequestText
    private var hasCredentials = false
    private var wantsCancel = false
    private var hasCancelled = false
    private var server: PhoneServerTransaction?
    private var repetition: Appointment?

    /// A call to a URI.
    init(_ phone: Phone, calling uri: String, lines: [String]) {
        self.phone = phone
        isCaller = true
        callID = phone.newCallID()
        localTag = phone.newToken()
        invite = RequestText(
            method: "INVITE", uri: uri, from: "<\(phone.address)>;tag=\(localTag)",
            to: "<\(uri)>", callID: callID, contact: phone.contact, lines: lines,
            body: "v=0 o=\(phone.user)")
    }

    /// A call that came in.
    init(_ phone: Phone, invitedBy letter: Letter, _ transaction: PhoneServerTransaction) {
        self.phone = phone
        isCaller = false
        callID = letter.callID
        localTag = phone.newToken()
        server = transaction
        invite = RequestText(method: "", uri: "", from: "", to: "", callID: callID)
        dialogs = [PhoneDialog(callee: letter, localTag: localTag)]
        received = [letter]
    }

    /// The dialog that is talked in.
    var dialog: PhoneDialog? { dialogs.first }

    func isRemoteTag(_ tag: String?) -> Bool { dialogs.contains { $0.remoteTag == tag } }

    // MARK: The caller

    func start() {
        invite.vias = [phone.newVia()]
        let sent = invite
        phone.transact(
            sent,
            onResponse: { [unowned self] in receive($0, to: sent) },
            onTimeout: { [unowned self] in
                finalStatus = 408
                state = .ended
            })
    }

    private func receive(_ letter: Letter, to sent: RequestText) {
        responses.append(letter)
        guard let status = letter.status else { return }
        if status < 200 {
            if status > 100 { state = .ringing }
            if wantsCancel { sendCancel() }
        } else if status < 300 {
            receiveSuccess(letter)
        } else if let line = phone.answer(letter, to: sent, isRetry: hasCredentials) {
            hasCredentials = true
            invite.lines.append(line)
            invite.cseq += 1
            start()
        } else {
            finalStatus = status
            state = .ended
        }
    }

    private func receiveSuccess(_ letter: Letter) {
        if let known = dialogs.first(where: { $0.remoteTag == letter.toTag }) {
            acknowledge(known)
            return
        }
        let dialog = PhoneDialog(caller: letter, local: invite.from)
        dialogs.append(dialog)
        acknowledge(dialog)
        guard dialogs.count == 1, !hasCancelled else {
            // RFC 3261 13.2.2.4 and 9.1: whoever answered too much, or too late, is thanked and sent away.
            finalStatus = finalStatus ?? 200
            bye(dialog)
            return
        }
        finalStatus = 200
        state = .answered
    }

    /// RFC 3261 13.2.2.4: the ACK has the INVITE's CSeq and credentials, and goes along the route set.
    private func acknowledge(_ dialog: PhoneDialog) {
        sentAcks += 1
        var ack = dialog.request("ACK", cseq: invite.cseq, callID: callID, via: phone.newVia())
        ack.lines = invite.lines.filter { $0.hasPrefix("Proxy-Authorization") }
        phone.send(ack.text)
    }

    /// Gives up before anybody answered; nothing is sent before a provisional response (RFC 3261 9.1).
    func cancel() {
        wantsCancel = true
        if responses.contains(where: { $0.cseq == invite.cseq && $0.status.map { $0 < 200 } == true })
        {
            sendCancel()
        }
    }

    private func sendCancel() {
        guard finalStatus == nil, !hasCancelled else { return }
        hasCancelled = true
        phone.transact(invite.hopByHop("CANCEL"), onResponse: { _ in }, onTimeout: {})
    }

    // MARK: The callee

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

    func ring() { respond(180) }

    func refuse(_ status: Int) {
        respond(status)
        finalStatus = status
        state = .ended
    }

    func answer() {
        finalStatus = 200
        state = .answered
        respond(200)
        repeatAnswer(after: .milliseconds(500), until: phone.clock.now + .seconds(32))
    }

    private func respond(_ status: Int) {
        guard let server else { return }
        if status < 200 { state = .ringing }
        let lines = status < 300 ? ["Contact: <\(phone.contact)>"] : []
        phone.respond(status, to: server.request, server, tag: localTag, lines: lines)
    }

    /// RFC 3261 13.3.1.4: the 2xx is repeated until its ACK comes; when none comes, the call is hung up.
    private func repeatAnswer(after delay: Duration, until end: Instant) {
        repetition = phone.clock.after(delay) { [unowned self] in
            guard phone.clock.now < end else {
                hangUp()
                return
            }
            respond(200)
            repeatAnswer(after: min(delay * 2, .seconds(4)), until: end)
        }
    }

    func receiveAck(_ letter: Letter) {
        guard !isCaller, finalStatus == 200 else { return }
        isAcknowledged = true
        received.append(letter)
        repetition?.cancel()
    }

    func isInvited(by letter: Letter) -> Bool {
        !isCaller && callID == letter.callID && server?.request.branch == letter.branch
    }

    func receiveCancel() {
        guard finalStatus == nil else { return }
        refuse(487)
    }

    // MARK: Either side

    /// Ends an answered call.
    func hangUp() {
        guard state == .answered, let dialog else { return }
        repetition?.cancel()
        state = .ended
        bye(dialog)
    }

    private func bye(_ dialog: PhoneDialog) {
        state = .ended
        ask("BYE", in: dialog) { [unowned self] status in hangUpStatus = status }
    }

    /// Sends a request inside of the dialog.
    func ask(_ method: String, in dialog: PhoneDialog, then: @escaping (Int) -> Void) {
        dialog.cseq += 1
        let request = dialog.request(
            method, cseq: dialog.cseq, callID: callID, via: phone.newVia())
        phone.transact(
            request,
            onResponse: { letter in
                if letter.isFinal, let status = letter.status { then(status) }
            }, onTimeout: { then(408) })
    }

    /// A request of the other side inside of the dialog.
    func receive(_ letter: Letter) {
        received.append(letter)
        if letter.method == "BYE" {
            repetition?.cancel()
            state = .ended
        }
    }
}
