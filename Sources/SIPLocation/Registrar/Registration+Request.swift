public import SIPCore

extension Registration {
    /// What a REGISTER asks.
    ///
    /// - Parameters:
    ///   - source: where it came from.
    ///   - local: our own socket that it came in on.
    /// - Throws: ``RegistrationRefusal`` for what can't be read: the phone learns which header field it was.
    public init(
        _ request: SIPRequest, source: Endpoint, local: Endpoint
    ) throws(RegistrationRefusal) {
        let callID = try Self.read("Call-ID") { () throws(ParseError) in try request.callID }
        let cseq = try Self.read("CSeq") { () throws(ParseError) in try request.cseq }
        let field = try Self.read("Contact") { () throws(ParseError) in try request.contacts }
        let paths = try Self.read("Path") { () throws(ParseError) in try request.paths }
        let vias = try Self.read("Via") { () throws(ParseError) in try request.vias }

        // From the phone itself: further Vias would be those of proxies, and the source would be the last of them.
        let direct = vias.count == 1 && paths.isEmpty ? vias.first : nil
        let outbound = try Outbound(request, field, paths, isFirstHop: vias.count == 1)
        self.init(
            Contacts(field, from: direct.map { SenderPlace($0, source: source) }, outbound),
            callID: callID.onOneLine, cseq: cseq.number,
            expires: request.first(.expires)?.seconds)
        userAgent = request.first(.userAgent)?.onOneLine ?? ""
        path = paths.map(\.text.onOneLine)
        if !path.isEmpty { supportsPath = request.supported.contains("path") }
        usesOutbound = outbound == .used
        localSocket = local
        methods = MethodBits.bits(request.elements(of: .allow))
    }

    private static func read<Value>(
        _ name: String, _ value: () throws(ParseError) -> Value
    ) throws(RegistrationRefusal) -> Value {
        do throws(ParseError) {
            return try value()
        } catch {
            throw .badRequest("Bad \(name)")
        }
    }
}

extension Registration.Contacts {
    /// - Parameter phone: where it is; nil when the request came through others.
    fileprivate init(
        _ field: ContactField, from phone: SenderPlace?, _ outbound: Registration.Outbound
    ) {
        switch field {
        case .wildcard:
            self = .wildcard
        case .contacts(let contacts) where contacts.isEmpty:
            self = .query
        case .contacts(let contacts):
            self = .list(
                contacts.map { contact in
                    var requested = Registration.RequestedContact(contact)
                    requested.received = phone.flatMap { contact.received(from: $0) }
                    switch outbound {
                    case .used:
                        // RFC 5626 7: "the proxy MUST send the request over the same 'logical flow' saved with the binding".
                        if requested.regID != nil { requested.received = phone?.source }
                    case .notApplied: requested.regID = nil
                    case .absent: break
                    }
                    return requested
                })
        }
    }
}

extension Registration.RequestedContact {
    init(_ contact: Contact) {
        self.init(uri: contact.uri.text)
        q = contact.q
        expires = contact.expires
        instance = contact.instance?.onOneLine
        // "The value of the reg-id MUST NOT be 0 and MUST be less than 2^31." (RFC 5626 11.1)
        regID = contact.regID.flatMap { (1..<0x8000_0000).contains($0) ? $0 : nil }
        var text: [UInt8] = []
        for parameter in contact.parameters
        where !parameter.name.equalsIgnoringCase("q")
            && !parameter.name.equalsIgnoringCase("expires")
            // "A UA cannot suggest or otherwise provide a public GRUU to the registrar" (RFC 5627 5.1), nor a temporary one.
            && !parameter.name.equalsIgnoringCase("pub-gruu")
            && !parameter.name.equalsIgnoringCase("temp-gruu")
        {
            text.append(0x3B)
            text.append(contentsOf: parameter.name)
            guard let value = parameter.value else { continue }
            let quote: [UInt8] = parameter.isQuoted ? [0x22] : []
            text.append(0x3D)
            text.append(contentsOf: quote)
            text.append(contentsOf: value.onOneLine)
            text.append(contentsOf: quote)
        }
        parameters = ByteSlice(text)
    }
}

extension Contact {
    /// The source, when requests must go there and not where the contact points: over the phone's own connection, or
    /// through the NAT that it is behind.
    fileprivate func received(from phone: SenderPlace) -> Endpoint? {
        guard let uri = uri.sip else { return nil }
        if phone.source.transport.isReliable, uri.transport != .udp { return phone.source }
        return phone.hides(uri) ? phone.source : nil
    }
}

extension Parameter {
    /// Whether the value stood in quotes; what needs none may have had some.
    fileprivate var isQuoted: Bool {
        guard let value, value.range.lower > 0 else { return false }
        return value.storage[value.range.lower - 1] == 0x22
    }
}

extension ByteSlice {
    /// The text with its folds made blanks, so that it can stand in one line of any message or database.
    fileprivate var onOneLine: ByteSlice {
        guard contains(where: { $0 == 0x0D || $0 == 0x0A }) else { return self }
        return ByteSlice(map { $0 == 0x0D || $0 == 0x0A ? 0x20 : $0 })
    }

    /// `delta-seconds`; "malformed values SHOULD be treated as equivalent to 3600" (RFC 3261 20.10), which is the
    /// default, so they count as not given.
    fileprivate var seconds: UInt32? {
        var cursor = Cursor(self)
        guard let number = try? cursor.number(upTo: UInt64(UInt32.max), "seconds"), cursor.isAtEnd
        else { return nil }
        return UInt32(truncatingIfNeeded: number)
    }
}
