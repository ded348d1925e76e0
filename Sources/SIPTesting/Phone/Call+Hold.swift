import SIPCore

// Offers inside of a call: a re-INVITE (RFC 3261 section 14) that changes which way the media flow (RFC 3264 section 8.4).
extension Call {
    /// Puts the other side on hold: a re-INVITE that offers `sendonly`. ``media`` and ``holdStatus`` say what came of it.
    public func hold() { offer(isHolding: true) }

    /// Takes the other side from hold: a re-INVITE that offers `sendrecv`.
    public func resume() { offer(isHolding: false) }

    private func offer(isHolding: Bool) {
        guard state == .answered, !isOffering, let dialog else { return }
        isOffering = true
        wantsHold = isHolding
        dialog.cseq += 1
        var request = dialog.request(
            "INVITE", cseq: dialog.cseq, callID: callID, via: phone.newVia())
        request.contact = phone.contact
        request.contentType = SessionDescription.contentType
        request.body = description(isHolding ? .sendonly : .sendrecv)
        let sent = request
        phone.transact(
            sent, to: dialog.nextHop,
            onResponse: { [unowned self] message in receive(message, toOffer: sent, dialog) },
            onTimeout: { [unowned self] in
                isOffering = false
                holdStatus = 408
            })
    }

    private func receive(
        _ message: ReceivedMessage, toOffer sent: RequestText, _ dialog: PhoneDialog
    ) {
        guard message.isFinal, let status = message.status else { return }
        isOffering = false
        holdStatus = status
        guard status < 300 else { return }
        media = SessionDescription.direction(in: message.body).reversed
        phone.send(
            dialog.request("ACK", cseq: sent.cseq, callID: callID, via: phone.newVia()).text,
            to: dialog.nextHop)
    }

    /// An offer of the other side.
    func receiveOffer(_ message: ReceivedMessage, _ transaction: PhoneServerTransaction) {
        guard state == .answered else { return phone.respond(481, to: message, transaction) }
        // RFC 3261 14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that dialog is in progress
        // MUST return a 491 (Request Pending) response to the received INVITE."
        guard !isOffering else { return phone.respond(491, to: message, transaction) }
        media = SessionDescription.direction(in: message.body).answer(isHolding: wantsHold)
        let sdp = description(media)
        repeatedAnswer?.stop()
        repeatedAnswer = RepeatedAnswer(
            phone.clock,
            send: { [unowned self] in
                phone.respond(
                    200, to: message, transaction, lines: ["Contact: <\(phone.contact)>"], sdp: sdp)
            },
            onSilence: { [unowned self] in hangUp() })
    }
}
