import SIPCore

// A blind transfer (RFC 5589 section 6): REFER (RFC 3515) asks the other side to call somebody else, NOTIFY tells how that went.
extension Call {
    /// Asks the other side to call somebody else, and hangs up when that call is answered. ``transferStatus`` says how it went.
    ///
    /// - Parameter uri: whom the other side is to call.
    public func transfer(to uri: String) {
        guard state == .answered, let dialog else { return }
        let contact = phone.contact
        ask("REFER", in: dialog) {
            $0.contact = contact
            $0.lines = ["Refer-To: <\(uri)>"]
        } then: { [unowned self] status in
            if status >= 300 { transferStatus = status }
        }
    }

    /// Asks the other side to call another phone.
    public func transfer(to phone: Phone) { transfer(to: phone.address) }

    /// The other side wants this one to call somebody else.
    func receiveTransfer(_ message: ReceivedMessage, _ transaction: PhoneServerTransaction) {
        guard state == .answered, transferred == nil, let target = message.value("Refer-To") else {
            // RFC 3515 2.4.2: a REFER without exactly one Refer-To is 400; the phone takes one transfer a call.
            return phone.respond(
                message.value("Refer-To") == nil ? 400 : 603, to: message, transaction)
        }
        phone.respond(202, to: message, transaction, lines: ["Contact: <\(phone.contact)>"])
        notify(100)
        let call = phone.call(target.bareURI)
        transferred = call
        call.onFinal = { [unowned self] status in notify(status) }
    }

    /// RFC 3515 2.4.5: the body is a fragment of the response that the referred call had.
    private func notify(_ status: Int) {
        guard let dialog else { return }
        let state =
            status < 200 ? "active;expires=60" : "terminated;reason=noresource"
        let reason = SIPStatus(UInt16(clamping: status)).reasonPhrase
        let contact = phone.contact
        ask("NOTIFY", in: dialog) {
            $0.contact = contact
            $0.lines = ["Event: refer", "Subscription-State: \(state)"]
            $0.contentType = "message/sipfrag;version=2.0"
            $0.body = "SIP/2.0 \(status) \(reason)\r\n"
        } then: { _ in
        }
    }

    /// How the other side's call goes.
    func receiveProgress(_ message: ReceivedMessage) {
        let words = message.body.split(separator: " ")
        guard words.first == "SIP/2.0", words.count > 1, let status = Int(words[1]) else { return }
        // Datagrams overtake each other: what is final stays so.
        if let known = transferStatus, known >= 200 { return }
        transferStatus = status
        if (200..<300).contains(status) { hangUp() }
    }
}
