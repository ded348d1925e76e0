import SIPProxy

// Phones behind NATs.
extension Settings {
    package struct NAT: Equatable, Sendable {
        /// Whether Contacts in dialogs go out with the address that a phone was seen at.
        package var fixContacts = true
        package var keepAlive = KeepAliveWay.options
        /// Seconds between two keep-alives to a phone.
        package var interval = 15
        /// OPTIONS in a row without an answer after which a registration is removed; nil: never.
        package var maximumSilence: Int?
    }

    /// What is sent to phones behind NATs.
    package enum KeepAliveWay: String, CaseIterable, Sendable {
        case none, crlf, options
    }

    var keepAlive: KeepAlive {
        let way: KeepAlive.Way =
            switch nat.keepAlive {
            case .none: .none
            case .crlf: .crlf
            case .options: .options
            }
        return KeepAlive(
            way, interval: .seconds(nat.interval), maximumSilence: nat.maximumSilence)
    }

    /// What of NATs no single value shows.
    func natComplaints() -> [(paths: [String], text: String)] {
        guard nat.maximumSilence != nil, nat.keepAlive != .options else { return [] }
        return [(["nat.maximum_silence"], "only keep_alive: options is answered")]
    }
}
