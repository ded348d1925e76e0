import SIPCore

extension Forwarding {
    /// The copy of the request that goes to the target (RFC 3261 16.6): unchanged lines byte for byte, everything in one
    /// buffer.
    ///
    /// - Parameters:
    ///   - token: our branch.
    ///   - outgoing: the listener that will send it; its address stands in Via.
    package func copy(token: BranchToken, from outgoing: Listener, site: Site) -> [UInt8] {
        let message = arrival.request.message
        var editor = MessageEditor(message, room: 256)
        if let uri = hop.requestURI {
            editor.replace(arrival.request.uriRange) { $0.append(slice: uri) }
        }

        // 16.6 step 8: our Via before the others.
        editor.addLineAtTop { line in
            line.append(slice: outgoing.viaStart)
            token.appendDigits(to: &line)
            mark?.append(to: &line)
        }
        if edits.recordsRoute, edits.isProven { recordRoute(&editor, outgoing, site) }
        if edits.addsPath { addPath(&editor, outgoing, site) }
        if let routes = hop.routes {
            for route in routes {
                editor.addLineAtTop { line in
                    line.append("Route: ")
                    line.append(slice: route)
                }
            }
        }

        let found = editLines(of: message, &editor)
        // 16.6 step 3: one that has none gets 70, unless the route gave another.
        if !found.maxForwards {
            editor.addLine { line in
                line.append("Max-Forwards: ")
                line.append(decimal: UInt64(edits.maxForwards ?? 70))
            }
        }
        // RFC 5393 5.3.3: "All proxied requests MUST contain a single Max-Breadth header field value."
        if !found.maxBreadth {
            editor.addLine { appendMaxBreadth(to: &$0) }
        }
        if message.contentLength == .absent {
            // An RFC 2543 client's body ends with its datagram; the next hop may be a stream.
            editor.addLine { line in
                line.append("Content-Length: ")
                line.append(decimal: UInt64(message.body.count))
            }
        }
        for header in edits.addedHeaders { editor.addLine { header.append(to: &$0) } }
        return editor.spliced()
    }

    /// What is to be different in the lines that the request came with.
    ///
    /// - Returns: which of those are there that every copy has.
    private func editLines(of message: MessageBytes, _ editor: inout MessageEditor) -> (
        maxForwards: Bool, maxBreadth: Bool
    ) {
        let lines = message.lines
        let routesChanged = hop.routes != nil
        var hasVia = false
        var found = (maxForwards: false, maxBreadth: false)
        for index in lines.indices {
            switch lines[index].header {
            case .via where !hasVia:
                hasVia = true
                // 18.2.1 and RFC 3581: where the request really came from.
                ViaStamp(arrival.essentials.via, source: arrival.source).apply(to: &editor)
            case .maxForwards:
                found.maxForwards = true
                editor.replace(lines[index].value) { value in
                    value.append(decimal: UInt64(hops))
                    // Nearly no request has Max-Breadth: it is written here, where the copy is interrupted anyway.
                    guard !found.maxBreadth else { return }
                    value.appendLineEnd()
                    appendMaxBreadth(to: &value)
                }
                found.maxBreadth = true
            case .maxBreadth where !found.maxBreadth:
                found.maxBreadth = true
                editor.replace(lines[index].value) { $0.append(decimal: UInt64(breadth)) }
            case .maxBreadth:
                editor.remove(message.lineRange(index))
            case .contact where edits.isContactHidden && !edits.removes(index, of: message):
                ContactFix(sender: SenderPlace(arrival.essentials.via, source: arrival.source))
                    .apply(toLine: index, of: message, &editor)
            case .route where routesChanged:
                editor.remove(message.lineRange(index))
            default:
                if edits.removes(index, of: message) { editor.remove(message.lineRange(index)) }
            }
        }
        return found
    }

    private func appendMaxBreadth(to line: inout [UInt8]) {
        line.append("Max-Breadth: ")
        line.append(decimal: UInt64(breadth))
    }

    /// 16.6 step 3.
    private var hops: UInt8 {
        if let chosen = edits.maxForwards { return chosen }
        guard let received = arrival.essentials.maxForwards else { return 70 }
        return received > 0 ? received - 1 : 0
    }

    /// 16.6 step 4, with the signature that proves in-dialog requests. Two entries when the listener changes: each side
    /// then finds us at the address that it can reach (RFC 5658).
    private func recordRoute(_ editor: inout MessageEditor, _ outgoing: Listener, _ site: Site) {
        let signature = site.signature.sign(
            callID: arrival.essentials.callID, tag: arrival.essentials.from.tag, at: time)
        let isDouble = site.listeners[arrival.listener].bound != outgoing.bound
        addRecordRoute(&editor, outgoing, site, isDouble: isDouble, signature)
        if isDouble {
            addRecordRoute(
                &editor, site.listeners[arrival.listener], site, isDouble: true, signature)
        }
    }

    /// The connections that lead to the two phones, where they are phones that are connected to us; and where we have several sockets,
    /// the one of them that a phone behind a NAT knows.
    private func appendFlows(to line: inout [UInt8], _ site: Site) {
        let callID = arrival.essentials.callID
        let tag = arrival.essentials.from.tag
        if arrival.source.transport.isReliable
            ? !arrival.request.message.hasVia(behind: arrival.essentials.via)
            : edits.isContactHidden && site.hasSeveralSockets
        {
            let flow = DialogFlow(remote: arrival.source, local: arrival.localSocket(of: site))
            flow.append(to: &line, .caller, callID: callID, tag: tag, site.signature)
        }
        // RFC 5626 5.3.1: who was reached by our Path is reached by its flow for the rest of the dialog.
        if hop.isConnected || edits.isOnPath
            || hop.isBehindNAT && edits.fixesContacts && site.hasSeveralSockets,
            case .endpoint(let remote) = hop.destination, let local = hop.local
        {
            let flow = DialogFlow(remote: remote, local: local)
            flow.append(to: &line, .callee, callID: callID, tag: tag, site.signature)
        }
    }

    /// RFC 3327 5.2: "the proxy inserts a URI for that proxy as the topmost value in the Path header field (or inserts a new topmost Path
    /// header)". The registrar has to reach it, so it is the address that the copy leaves from.
    private func addPath(_ editor: inout MessageEditor, _ outgoing: Listener, _ site: Site) {
        editor.addLineAtTop { line in
            line.append("Path: <")
            outgoing.appendURI(
                to: &line, isSecure: arrival.essentials.uri.sip?.isSecure == true
            ) { user in
                let flow = DialogFlow(
                    remote: arrival.source, local: arrival.localSocket(of: site))
                FlowToken.append(flow, to: &user, site.signature, at: time)
            }
            line.append(edits.isOutbound ? ";lr;ob>" : ";lr>")
        }
    }

    private func addRecordRoute(
        _ editor: inout MessageEditor, _ listener: Listener, _ site: Site, isDouble: Bool,
        _ signature: DialogSignature.Value
    ) {
        editor.addLineAtTop { line in
            // RFC 3261 16.6 step 4: "If the Request-URI contains a SIPS URI [...] the URI placed into the Record-Route header field
            // MUST be a SIPS URI."
            line.append(
                slice: arrival.essentials.uri.sip?.isSecure == true
                    ? listener.secureRecordRouteStart : listener.recordRouteStart)
            if isDouble { line.append(";r2=on") }
            signature.append(to: &line)
            if listener.bound.transport.isReliable || isDouble || edits.fixesContacts
                || edits.isOnPath
            {
                appendFlows(to: &line, site)
            }
            line.append(0x3E)
        }
    }
}
