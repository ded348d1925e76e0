public import SIPCore
public import SIPLocation

extension RoutedRequest {
    /// The address of record that a URI stands for here: canonical, one of our own addresses meaning the default domain
    /// (RFC 3261 10.3 step 5); nil for a URI that can't be one.
    public func addressOfRecord(_ uri: URI) -> AddressOfRecord? { site.addressOfRecord(uri) }

    /// The URI that the Request-URI is an alias of (`lookup("aliases")`); nil when it is none.
    ///
    /// - Throws: what the location service throws when it can't answer.
    public func alias(in location: some Location) async throws -> URI? {
        guard let address = addressOfRecord(uri) else { return nil }
        return try await location.alias(of: address)
    }

    /// All URIs that the Request-URI is an alias of; none when it is no alias.
    ///
    /// - Throws: what the location service throws when it can't answer.
    public func aliases(in location: some Location) async throws -> [URI] {
        guard let address = addressOfRecord(uri) else { return [] }
        return try await location.aliases(of: address)
    }
}

extension Location {
    /// Stores the contacts of a REGISTER and answers it (`save("location")`, RFC 3261 10.3).
    ///
    /// - Parameters:
    ///   - request: the REGISTER.
    ///   - owner: proof that the sender owns the address that is registered.
    ///   - serviceRoute: the way that the phone's own requests shall take, first hop first (RFC 3608); a phone that knows it puts it into
    ///     their Route.
    /// - Returns: 200 with all contacts, or the registrar's refusal: 400, 403, 420 with Unsupported, 423 with
    ///   Min-Expires, 500.
    /// - Throws: what the location service throws when it can't answer.
    public func save(
        _ request: RoutedRequest, for owner: Owner, serviceRoute: [SIPURI] = []
    ) async throws -> Action {
        if let refusal = request.registrarRefusal { return Action(.reply(refusal)) }
        let registration: Registration
        do {
            registration = try Registration(
                request.arrival.request, source: request.source,
                local: request.arrival.localSocket(of: request.site))
        } catch {
            return Action(.reply(Reply(error)))
        }
        let wantsGRUUs = request.site.issuesGRUUs && request.message.supported.contains("gruu")
        if wantsGRUUs { try request.checkLoops(registration.contacts, of: owner.address) }
        switch try await register(registration, for: owner.address, at: request.time) {
        case .refused(let refusal):
            return Action(.reply(Reply(refusal)))
        case .accepted(let contacts):
            endBindings(of: owner.address, withConnectionOf: request)
            request.effects.keep?(contacts.map(\.binding), owner.address, self)
            // Step 8: "The response MUST contain Contact header field values enumerating all current bindings".
            var headers = contacts.map { contact in
                var value = Array(contact.value)
                if wantsGRUUs { value += request.gruus(of: contact.binding) }
                return HeaderText(HeaderName(.contact), value)
            }
            if !registration.path.isEmpty {
                // RFC 3327 5.3: "The registrar copies the Path header field values into a Path header field".
                headers.append(
                    HeaderText(HeaderName(.path), Array(PathText.join(registration.path))))
            }
            if registration.usesOutbound { headers += request.outboundHeaders }
            headers += serviceRoute.map { HeaderText(HeaderName(.serviceRoute), $0.asRoute) }
            return Action(.reply(Reply(.ok, headers: headers)))
        }
    }
}

extension SIPURI {
    /// RFC 3608 5: a Service-Route has the syntax of a Route, and "the "lr" parameter MUST be present".
    fileprivate var asRoute: [UInt8] {
        var value: [UInt8] = [0x3C]
        value.append(slice: text)
        if !hasLooseRouting { value.append(";lr") }
        value.append(0x3E)
        return value
    }
}

extension RoutedRequest {
    /// RFC 5627 5.1: a contact that is the address itself, or a GRUU for it, "would cause a routing loop": 403.
    fileprivate func checkLoops(
        _ contacts: Registration.Contacts, of address: AddressOfRecord
    ) throws {
        guard case .list(let contacts) = contacts else { return }
        for contact in contacts where contact.instance != nil {
            guard let uri = try? SIPURI(contact.uri), site.responsibility.includes(uri) else {
                continue
            }
            let named = GRUU(uri, site)?.address ?? site.addressOfRecord(.sip(uri))
            if named == address { throw Rejection(.forbidden, "Contact Is The Address Itself") }
        }
    }

    /// What the 200 says to a phone that gets RFC 5626: that it does (section 6), and how often it shall see to its flow (5.4), when that
    /// leads straight to us.
    fileprivate var outboundHeaders: [HeaderText] {
        var headers = [
            HeaderText(HeaderName(.require), Array("outbound".utf8)),
            HeaderText(HeaderName(.supported), Array("path, outbound".utf8)),
        ]
        if isFromPhone {
            // Over UDP before a NAT forgets; connections live longer (4.4.1: 120 s, 4.4.2: 24 to 29 s).
            let seconds = source.transport.isReliable ? "120" : "25"
            headers.append(HeaderText(HeaderName("Flow-Timer"), Array(seconds.utf8)))
        }
        return headers
    }

    fileprivate func gruus(of binding: Binding) -> [UInt8] {
        GRUU.parameters(
            of: binding, isSecure: to.uri.sip?.isSecure == true, random: random, site.signature)
    }
}

extension Location {
    /// What was registered over a connection ends with it: nobody else is reached over it, and no other connection reaches the phone.
    private func endBindings(
        of address: AddressOfRecord, withConnectionOf request: RoutedRequest
    ) {
        guard let flow = request.arrival.interface.flow else { return }
        let source = request.source
        let local = request.arrival.localSocket(of: request.site)
        request.effects.atEnd(flow, address.bytes) {
            // What the store can't do now, the binding's own end does later.
            try? await connectionEnded(from: source, to: local, of: address)
        }
    }
}

extension RoutedRequest {
    /// 10.3 step 2: "To guarantee that the registrar supports any necessary extensions, the registrar MUST process the Require
    /// header field values as described for UASs in Section 8.2.2." Of those that exist, it knows Path (RFC 3327), outbound (RFC 5626), and
    /// GRUU (RFC 5627) where that is on.
    fileprivate var registrarRefusal: Reply? {
        var unknown: [UInt8] = []
        for tag in message.require
        where !tag.equalsIgnoringCase("path") && !tag.equalsIgnoringCase("outbound")
            && !(site.issuesGRUUs && tag.equalsIgnoringCase("gruu"))
        {
            if !unknown.isEmpty { unknown.append(", ") }
            unknown.append(slice: tag)
        }
        guard !unknown.isEmpty else { return nil }
        return Reply(Rejection(.badExtension).with(.unsupported, bytes: unknown))
    }
}

extension Reply {
    fileprivate init(_ refusal: RegistrationRefusal) {
        var headers: [HeaderText] = []
        switch refusal {
        case .tooBrief(let minimum):
            var seconds: [UInt8] = []
            seconds.append(decimal: UInt64(minimum))
            headers.append(HeaderText(HeaderName(.minExpires), seconds))
        case .pathUnsupported:
            headers.append(HeaderText(HeaderName(.unsupported), Array("path".utf8)))
        default: break
        }
        self.init(refusal.status, refusal.reason, headers: headers)
    }
}
