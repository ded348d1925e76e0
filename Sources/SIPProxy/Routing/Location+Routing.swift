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
    /// - Returns: 200 with all contacts, or the registrar's refusal: 400, 403, 420 with Unsupported, 423 with
    ///   Min-Expires, 500.
    /// - Throws: what the location service throws when it can't answer.
    public func save(_ request: RoutedRequest, for owner: Owner) async throws -> Action {
        if let refusal = request.arrival.request.registrarRefusal { return Action(.reply(refusal)) }
        let registration: Registration
        do {
            registration = try Registration(
                request.arrival.request, source: request.source,
                local: request.arrival.localSocket(of: request.site))
        } catch {
            return Action(.reply(Reply(error)))
        }
        switch try await register(registration, for: owner.address, at: request.time) {
        case .refused(let refusal):
            return Action(.reply(Reply(refusal)))
        case .accepted(let contacts):
            endBindings(of: owner.address, withConnectionOf: request)
            request.effects.keep?(contacts.map(\.binding), owner.address, self)
            // Step 8: "The response MUST contain Contact header field values enumerating all current bindings".
            var headers = contacts.map { HeaderText(HeaderName(.contact), Array($0.value)) }
            if !registration.path.isEmpty {
                // RFC 3327 5.3: "The registrar copies the Path header field values into a Path header field".
                headers.append(
                    HeaderText(HeaderName(.path), Array(PathText.join(registration.path))))
            }
            return Action(.reply(Reply(.ok, headers: headers)))
        }
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

extension SIPRequest {
    /// 10.3 step 2: "To guarantee that the registrar supports any necessary extensions, the registrar MUST process the Require
    /// header field values as described for UASs in Section 8.2.2." Of those that exist, it knows Path (RFC 3327).
    fileprivate var registrarRefusal: Reply? {
        var unknown: [UInt8] = []
        for tag in elements(of: .require)
        where !tag.equalsIgnoringCase("path") && !tag.isEmpty {
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
