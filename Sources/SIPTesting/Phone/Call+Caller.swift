import SIPCore

// The caller's side of an INVITE.
extension Call {
    func start() {
        invite.vias = [phone.newVia()]
        isProceeding = false
        let sent = invite
        phone.transact(
            sent,
            onResponse: { [unowned self] in receive($0, to: sent) },
            onTimeout: { [unowned self] in end(408) })
    }

    private func receive(_ message: ReceivedMessage, to sent: RequestText) {
        responses.append(message)
        guard let status = message.status else { return }
        if status < 200 {
            isProceeding = true
            if status > 100 { state = .ringing }
            if wantsCancel { sendCancel() }
        } else if status < 300 {
            receiveSuccess(message)
        } else if let line = phone.answer(message, to: sent, isRetry: hasCredentials) {
            hasCredentials = true
            invite.lines.append(line)
            invite.cseq += 1
            start()
        } else {
            end(status)
        }
    }

    private func end(_ status: Int) {
        finalStatus = status
        state = .ended
        onFinal?(status)
    }

    private func receiveSuccess(_ message: ReceivedMessage) {
        if let known = dialogs.first(where: { $0.remoteTag == message.toTag }) {
            acknowledge(known)
            return
        }
        let dialog = PhoneDialog(caller: message, local: invite.from)
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
        media = SessionDescription.direction(in: message.body).reversed
        onFinal?(200)
    }

    /// RFC 3261 13.2.2.4: the ACK has the INVITE's CSeq and credentials, and goes along the route set.
    private func acknowledge(_ dialog: PhoneDialog) {
        var ack = dialog.request("ACK", cseq: invite.cseq, callID: callID, via: phone.newVia())
        ack.lines = invite.lines.filter { $0.hasPrefix("Proxy-Authorization") }
        phone.send(ack.text, to: dialog.nextHop)
    }

    /// Gives up before anybody answered; nothing is sent before a provisional response (RFC 3261 9.1).
    public func cancel() {
        wantsCancel = true
        if isProceeding { sendCancel() }
    }

    private func sendCancel() {
        guard finalStatus == nil, !hasCancelled else { return }
        hasCancelled = true
        phone.transact(invite.hopByHop("CANCEL"), onResponse: { _ in }, onTimeout: {})
    }
}
