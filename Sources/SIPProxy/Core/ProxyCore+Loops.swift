import SIPCore

extension ProxyCore {
    /// Whether a request was here before, was forked, and would be forked in the same way again (RFC 5393 4.2.2).
    ///
    /// "Each Via header field value in the request whose sent-by value matches a value placed into previous requests by this proxy
    /// MUST be inspected"; what can't be read is not of our making. Most requests have one Via, the phone's, and cost nothing here.
    func hasLooped(_ received: ReceivedRequest) -> Bool {
        guard received.request.message.hasVia(behind: received.essentials.via) else { return false }
        var mark: LoopMark?
        for text in received.request.message.elements(of: .via) {
            guard let via = try? Via(text), let branch = via.branch,
                let given = LoopMark(branch), isOurs(via)
            else { continue }
            let right =
                mark ?? LoopMark(received.request, received.essentials, hashKey: hashKey)
            if given == right { return true }
            mark = right
        }
        return false
    }

    private func isOurs(_ via: Via) -> Bool {
        let host = via.host.text
        let port = via.port ?? via.transport?.defaultPort
        for listener in site.listeners
        where listener.advertisedPort == port && host.equalsIgnoringCase(listener.advertisedHost) {
            return true
        }
        return false
    }

    /// What each of so many copies gets of the request's Max-Breadth, in their order; nil when it is too little: 440.
    ///
    /// RFC 5393 5.3.3: a proxy must "NOT allow the Outgoing Max-Breadth to exceed the Incoming Max-Breadth"; what is missing, too large
    /// or no number counts as the maximum.
    func breadths(of request: SIPRequest, copies: Int) -> BreadthShares? {
        let maximum = settings.maximumBreadth
        let given = request.message.first(.maxBreadth).flatMap {
            $0.decimal(upTo: UInt64(maximum))
        }
        let incoming = given.map { UInt8(truncatingIfNeeded: $0) } ?? maximum
        guard copies > 0, copies <= Int(incoming) else { return nil }
        let (share, rest) = Int(incoming).quotientAndRemainder(dividingBy: copies)
        return BreadthShares(share: UInt8(truncatingIfNeeded: share), larger: rest)
    }
}

/// A Max-Breadth divided: the first few copies get one more than the others.
struct BreadthShares {
    fileprivate let share: UInt8
    fileprivate let larger: Int

    subscript(copy: Int) -> UInt8 { copy < larger ? share + 1 : share }
}
