import SIPCore

/// Knows what the proxy was sent, and looks at everything that it sends: nothing leaves for a stranger's wish alone.
///
/// It does not ask the proxy. Each message gets a line with its number on the way in; the proxy passes unchanged lines on, so
/// a request that leaves says which one it was.
struct Witness {
    private var arrived: [Arrived] = []
    /// The signatures in our Record-Routes, and the dialogs that they were given to.
    private var signatures: [[UInt8]: (callID: ByteSlice, tag: ByteSlice?)] = [:]
    /// The digests that Alice has computed, and their methods.
    private var credentials: [[UInt8]: String] = [:]
    /// Which message a digest has opened the way for.
    private var used: [[UInt8]: Int] = [:]
    /// The INVITEs that left: branch and destination.
    private var invites: Set<Hop> = []
    /// Who has sent a request with that branch.
    private var askers: [ByteSlice: Set<IPAddress>] = [:]

    private struct Arrived {
        let bytes: [UInt8]
        let proof: Tally.Proof?
        let credentials: [UInt8]?
    }

    private struct Hop: Hashable {
        let branch: ByteSlice
        let destination: Endpoint
    }

    private static let mark: HeaderName = "X-Mark"

    mutating func learn(credentials: String, for method: String) {
        self.credentials[Array(credentials.utf8)] = method
    }

    /// The message with its number, as the proxy is given it.
    mutating func marked(_ bytes: [UInt8], from party: Party) -> [UInt8] {
        var marked = bytes
        if let end = bytes.firstIndex(of: 0x0A) {
            marked.insert(contentsOf: "X-Mark: \(arrived.count)\r\n".utf8, at: end + 1)
        }
        let (proof, credentials) = proof(in: marked, from: party)
        arrived.append(Arrived(bytes: marked, proof: proof, credentials: credentials))
        if case .request(let request)? = try? SIPMessage(marked) {
            let asker = Asker(party.endpoint, request)
            askers[asker.branch, default: []].insert(asker.address)
        }
        return marked
    }

    private func proof(in bytes: [UInt8], from party: Party) -> (Tally.Proof?, [UInt8]?) {
        guard party != .peer else { return (.peer, nil) }
        guard case .request(let request)? = try? SIPMessage(bytes) else { return (nil, nil) }
        for signature in bytes.words(of: 32, behind: "sig=") {
            guard let dialog = signatures[signature], let callID = request[HeaderName("Call-ID")],
                callID == dialog.callID, let from = try? request.from, let to = try? request.to,
                from.tag == dialog.tag || to.tag == dialog.tag
            else { continue }
            return (.signature, nil)
        }
        for response in bytes.words(of: 32, behind: "response=\"")
        where credentials[response] == String(describing: request.method) {
            return (.credentials, response)
        }
        return (nil, nil)
    }

    /// - Parameters:
    ///   - asker: who sent the request that the proxy is at work on; nil when that is none.
    /// - Throws: ``Breach`` when the message may not be sent.
    mutating func check(
        _ bytes: [UInt8], to destination: Endpoint, answering asker: Asker?,
        _ tally: inout Tally
    ) throws {
        guard let message = try? SIPMessage(bytes) else { throw breach("no message", bytes) }
        switch message {
        case .response:
            tally.responses += 1
            // A copy of somebody else's request has the answer repeated to who sent it first.
            let allowed =
                asker.map { askers[$0.branch, default: []].contains(destination.address) }
                ?? askers.values.contains { $0.contains(destination.address) }
            guard allowed else { throw breach("a response to \(destination)", bytes) }
        case .request(let request):
            do {
                _ = try request.check()
            } catch {
                throw breach("a request that is refused, \(error.reason)", bytes)
            }
            try check(request, to: destination, &tally)
        }
    }

    private mutating func check(
        _ request: SIPRequest, to destination: Endpoint, _ tally: inout Tally
    ) throws {
        let bytes = request.message.bytes
        let hop = Hop(branch: (try? request.topVia.branch) ?? "", destination: destination)
        guard let text = request[Self.mark] else {
            // Of the proxy's own making: for an INVITE that went there.
            guard request.method == .cancel || request.method == .ack, invites.contains(hop) else {
                throw breach("nobody asked for it, to \(destination)", bytes)
            }
            return
        }
        guard let number = Int(String(text)), arrived.indices.contains(number) else {
            throw breach("a mark that nobody gave", bytes)
        }
        let origin = arrived[number]
        if request.method == .invite { invites.insert(hop) }

        for signature in bytes.words(of: 32, behind: "sig=")
        where !origin.bytes.words(of: 32, behind: "sig=").contains(signature) {
            guard origin.proof != nil else { throw breach("a signature for nothing", bytes) }
            signatures[signature] = (
                request[HeaderName("Call-ID")] ?? "", (try? request.from.tag) ?? nil
            )
        }
        guard let proof = origin.proof else {
            tally.relayedHome += 1
            guard Party.registered.contains(destination.address) else {
                throw breach("without a proof to \(destination)", bytes)
            }
            guard request[HeaderName("Route")] == nil else {
                throw breach("without a proof along a Route", bytes)
            }
            return
        }
        guard !Party.registered.contains(destination.address) else {
            tally.relayedHome += 1
            return
        }
        tally.relayedAway[proof, default: 0] += 1
        guard let credentials = origin.credentials else { return }
        guard used[credentials, default: number] == number else {
            throw breach("credentials that were used before", bytes)
        }
        used[credentials] = number
    }

    private func breach(_ what: String, _ bytes: [UInt8]) -> Breach {
        Breach("\(what):\n\(String(decoding: bytes, as: UTF8.self))")
    }
}

/// Who sent a request, and how it names its transaction.
struct Asker {
    let address: IPAddress
    let branch: ByteSlice

    init(_ endpoint: Endpoint, _ request: SIPRequest) {
        address = endpoint.address
        branch = (try? request.topVia.branch) ?? ""
    }
}

extension [UInt8] {
    /// The words of so many bytes that stand behind a text.
    fileprivate func words(of count: Int, behind text: StaticString) -> [[UInt8]] {
        let length = text.utf8CodeUnitCount
        guard self.count >= length + count else { return [] }
        let sought = String(describing: text).utf8
        var found: [[UInt8]] = []
        for start in 0...(self.count - length - count)
        where self[start] == sought.first && self[start..<start + length].elementsEqual(sought) {
            found.append(Array(self[start + length..<start + length + count]))
        }
        return found
    }
}
