import SIPCore

extension RoutedRequest {
    /// Whether the phone that sent the request is behind a NAT: what it says of itself leads nowhere from here.
    ///
    /// The address of its Via (RFC 3261 18.2.1), and where it asks for `rport` over UDP the port too (RFC 3581), are compared with
    /// where the request came from; then an address in its Contact that only its own network knows (RFC 1918, 6598, 4193), when the
    /// request came from a public one. False for a request that came through another proxy, whose source tells nothing of the phone.
    public var isBehindNAT: Bool {
        guard isFromPhone else { return false }
        let sender = SenderPlace(arrival.essentials.via, source: source)
        if sender.isTranslated { return true }
        guard source.address.scope == .world, !namesItsSentBy,
            case .contacts(let contacts)? = try? arrival.request.contacts
        else { return false }
        return contacts.contains { $0.uri.sip.map { sender.hides($0) } ?? false }
    }

    /// Whether the Contact names the host of the Via, as it mostly does: seen without reading it.
    private var namesItsSentBy: Bool {
        guard let contact = arrival.request.message.first(.contact) else { return false }
        let host = arrival.essentials.via.host.text
        var here = 0
        while here < contact.count, contact[here] != 0x40 { here += 1 }
        let end = here + 1 + host.count
        guard end < contact.count else { return false }
        return contact.slice(here + 1..<end) == host && !contact[end].isIn(.host)
    }

    /// Makes the Contacts of a dialog work for those who get them, whoever of its two phones is behind a NAT.
    ///
    /// A Contact that leads nowhere from here goes out with the address and port that its phone was seen at: in this request
    /// when ``isBehindNAT``, and in the provisional and 2xx responses of a phone that is known to be behind one. Requests inside of
    /// the dialog then find the phone, from the socket of ours that it knows. A REGISTER is left alone: `Location.save` notes where
    /// it came from.
    public mutating func fixContact() {
        guard method != .register else { return }
        edits.fixesContacts = true
        edits.isContactHidden = isBehindNAT
    }

    /// Whether nobody stands between the sender and us.
    var isFromPhone: Bool { !arrival.request.message.hasVia(behind: arrival.essentials.via) }
}
