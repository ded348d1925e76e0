import SIPCore

extension Registration {
    /// What RFC 5626 says to a REGISTER.
    enum Outbound {
        /// Its contacts have no reg-id, or it does not say that it supports more than that.
        case absent
        /// It asks for it, and everybody on the way takes part.
        case used
        /// Somebody on the way does not: a reg-id means nothing.
        case notApplied

        /// Section 6: "the registrar MUST check from its Via header field if the registrar is the first hop or not. If the registrar is not
        /// the first hop, it MUST examine the Path header of the request. If the Path header field is missing or it exists but the first
        /// URI does not have an "ob" URI parameter, then outbound processing MUST NOT be applied".
        ///
        /// - Throws: 439 for a phone that supports it then.
        init(
            _ request: SIPRequest, _ field: ContactField, _ paths: [NameAddress], isFirstHop: Bool
        ) throws(RegistrationRefusal) {
            guard case .contacts(let contacts) = field,
                contacts.contains(where: { $0.regID != nil && $0.instance != nil })
            else {
                self = .absent
                return
            }
            let isSupported =
                request.supported.contains("outbound") || request.require.contains("outbound")
            // Each proxy puts itself before the others: the first hop's is the last.
            guard isFirstHop || paths.last?.uri.sip?.parameters.contains("ob") == true else {
                if isSupported { throw .firstHopLacksOutbound }
                self = .notApplied
                return
            }
            self = isSupported ? .used : .absent
        }
    }
}
