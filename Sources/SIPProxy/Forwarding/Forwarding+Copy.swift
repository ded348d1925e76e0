import SIPCore

/// The copy of a request that goes to one target (RFC 3261 16.6).
package struct ForwardedRequest {
    private let arrival: Arrival
    private let edits: RequestEdits
    private let hop: NextHop
    private let site: Site

    package init(_ forwarding: Forwarding, site: Site) {
        arrival = forwarding.arrival
        edits = forwarding.edits
        hop = forwarding.hop
        self.site = site
    }

    /// Writes the copy: unchanged lines byte for byte, everything in one buffer.
    ///
    /// - Parameters:
    ///   - token: our branch.
    ///   - outgoing: the listener that will send it; its address stands in Via.
    package func bytes(token: BranchToken, from outgoing: Listener) -> [UInt8] {
        let message = arrival.request.message
        var editor = MessageEditor(message)
        if let uri = hop.requestURI {
            editor.replace(arrival.request.uriRange) { $0.append(slice: uri) }
        }

        // 16.6 step 8: our Via before the others.
        editor.addLineAtTop { line in
            line.append("Via: SIP/2.0/")
            line.append(outgoing.bound.transport.viaToken)
            line.append(0x20)
            outgoing.appendHostPort(to: &line)
            line.append(";branch=")
            token.append(to: &line)
        }
        if edits.recordsRoute, edits.isProven { recordRoute(&editor, outgoing) }
        if let routes = hop.routes {
            for route in routes {
                editor.addLineAtTop { line in
                    line.append("Route: ")
                    line.append(slice: route)
                }
            }
        }
        stampVia(&editor)

        var hasMaxForwards = false
        for index in message.lines.indices {
            switch message.lines[index].header {
            case .maxForwards:
                hasMaxForwards = true
                writeMaxForwards(&editor, message.lines[index].value)
            case .route where hop.routes != nil:
                editor.removeLine(index)
            default:
                if isRemoved(index) { editor.removeLine(index) }
            }
        }
        // 16.6 step 3: one that has none gets 70, unless the route gave another.
        if !hasMaxForwards {
            editor.addLine { line in
                line.append("Max-Forwards: ")
                line.append(decimal: UInt64(edits.maxForwards ?? 70))
            }
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

    /// 16.6 step 4, with the signature that proves in-dialog requests. Two entries when the listener changes: each side
    /// then finds us at the address that it can reach (RFC 5658).
    private func recordRoute(_ editor: inout MessageEditor, _ outgoing: Listener) {
        let incoming = site.listeners[arrival.listener]
        let signature = site.signature.sign(
            callID: arrival.essentials.callID, tag: arrival.essentials.from.tag)
        let isDouble = incoming != outgoing
        for listener in isDouble ? [outgoing, incoming] : [outgoing] {
            editor.addLineAtTop { line in
                line.append("Record-Route: <sip:")
                listener.appendHostPort(to: &line)
                listener.bound.transport.appendURIParameter(to: &line)
                line.append(";lr")
                if isDouble { line.append(";r2=on") }
                signature.append(to: &line)
                line.append(0x3E)
            }
        }
    }

    /// 18.2.1 and RFC 3581: where the request really came from, noted in the Via that was on top.
    private func stampVia(_ editor: inout MessageEditor) {
        ViaStamp(arrival.essentials.via, source: arrival.source).apply(to: &editor)
    }

    private func writeMaxForwards(_ editor: inout MessageEditor, _ value: ByteRange) {
        let hops: UInt8
        if let chosen = edits.maxForwards {
            hops = chosen
        } else if let received = arrival.essentials.maxForwards {
            hops = received > 0 ? received - 1 : 0
        } else {
            hops = 70
        }
        editor.replace(value) { $0.append(decimal: UInt64(hops)) }
    }

    private func isRemoved(_ index: Int) -> Bool {
        if edits.removedLines.contains(index) { return true }
        let message = arrival.request.message
        for name in edits.removedHeaders where message.isNamed(message.lines[index], name) {
            return true
        }
        return false
    }
}

extension Transport {
    /// The token in a Via.
    var viaToken: StaticString {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        case .tls: "TLS"
        case .ws: "WS"
        case .wss: "WSS"
        }
    }

    /// `;transport=…` for a URI; UDP is what stands when nothing is said.
    func appendURIParameter(to bytes: inout [UInt8]) {
        switch self {
        case .udp: break
        case .tcp: bytes.append(";transport=tcp")
        case .tls: bytes.append(";transport=tls")
        case .ws: bytes.append(";transport=ws")
        case .wss: bytes.append(";transport=wss")
        }
    }
}
