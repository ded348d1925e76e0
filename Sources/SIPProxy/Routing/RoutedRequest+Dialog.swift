import SIPCore

extension RoutedRequest {
    /// Stays on the path of the dialog that this request opens (RFC 3261 16.6 step 4).
    ///
    /// The Record-Route is signed, and only a request that carries a proof (an authenticated caller, a trusted peer, a dialog)
    /// gets a signature: for any other the header is left out and the phones talk directly from then on.
    public mutating func recordRoute() {
        edits.recordsRoute = true
    }

    /// Takes our own entries off the Route set (RFC 3261 16.4), whether the element before us routes loosely or strictly.
    ///
    /// - Returns: the proof that the request belongs to a dialog that we let through; nil when it carries no Route of ours, or one
    ///   without a right signature: then it is a new request, whatever its To-tag says.
    /// - Throws: ``Rejection`` 400 when a Route can't be read.
    public mutating func followRoute() throws -> Dialog? {
        guard let popped = try popOwnRoutes() else { return nil }
        guard
            let signature = popped.parameters["sig"],
            site.signature.verifies(
                signature, callID: callID, fromTag: from.tag, toTag: to.tag, at: time)
        else { return nil }
        edits.isProven = true
        return Dialog()
    }

    /// Treats the request as one that carries a proof: what an open relay does.
    mutating func trustUnchecked() {
        edits.isProven = true
    }

    /// Takes our own entries off the Route set and asks for no signature, as `loose_route()` of ser.cfg does.
    ///
    /// - Returns: whether the request goes on along a Route: it carried one of ours, and a To-tag or a further Route.
    mutating func followRouteUnchecked() -> Bool {
        guard (try? popOwnRoutes()) != nil else { return false }
        // A preloaded Route of our own without a To-tag is not "in a dialog".
        return to.tag != nil || edits.routes?.isEmpty == false
    }

    /// The entry of ours that was on top.
    mutating func popOwnRoutes() throws -> SIPURI? {
        let request = arrival.request
        guard request.message.firstLine(of: .route) != nil else { return nil }

        // 16.4: "If the Request-URI of the request contains a value this proxy previously placed into a Record-Route header
        // field" a strict router sent it: the last Route is the real Request-URI.
        if let own = uri.sip, own.hasLooseRouting, own.parameters["sig"] != nil,
            site.responsibility.includes(own)
        {
            var routes = request.routeValues
            if let last = routes.popLast() {
                uri = try NameAddress(routing: last).uri
                edits.routes = routes
                return own
            }
        }

        // The twin of a double Record-Route (RFC 5658) comes right after; so does what a spiral left. A copy for the next entry of ours
        // would come back to us unchanged but for that entry: all go at once.
        var popped: SIPURI?
        var rest: [ByteSlice] = []
        var isOnTop = true
        for value in request.message.elements(of: .route) {
            if isOnTop {
                if let route = try NameAddress(routing: value).uri.sip,
                    site.responsibility.includes(route)
                {
                    popped = popped ?? route
                    continue
                }
                guard popped != nil else { return nil }
                isOnTop = false
            }
            rest.append(value)
        }
        if let popped {
            edits.routes = rest
            if rest.isEmpty { followFlow(of: popped) }
        }
        return popped
    }

    /// The way to the dialog's other side is the connection that our Record-Route names, or the socket. The first request's From-tag,
    /// which is signed, says which side that is.
    private mutating func followFlow(of route: SIPURI) {
        // Each is looked at once: most routes have none, and this is asked for every request inside of a dialog.
        for parameter in route.parameters where edits.flow == nil {
            guard let text = parameter.value else { continue }
            if parameter.name.equalsIgnoringCase("fb") {
                edits.flow = DialogFlow.read(
                    text, .callee, callID: callID, tag: from.tag, site.signature)
            } else if parameter.name.equalsIgnoringCase("fa") {
                edits.flow = DialogFlow.read(
                    text, .caller, callID: callID, tag: to.tag, site.signature)
            }
        }
    }
}

extension NameAddress {
    fileprivate init(routing value: ByteSlice) throws {
        do {
            try self.init(value)
        } catch {
            throw Rejection(.badRequest, "Bad Route")
        }
    }
}
