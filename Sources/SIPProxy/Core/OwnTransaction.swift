import SIPCore
import SIPTransaction

/// A request of our own that is under way: one client transaction, and after it another when the name has more destinations.
final class OwnTransaction {
    let request: OwnRequest
    let hop: NextHop
    /// When it counts as unanswered.
    let end: Instant
    /// The destinations that were not tried yet.
    var rest: ArraySlice<Endpoint> = []
    /// What the branch of the attempt that is under way ends in: the answer to an earlier one is nobody's.
    var token: BranchToken
    var client = ClientTransaction(.options, isReliable: false)
    /// From where it is sent, and to where; nil as long as a name is looked up.
    var route: (interface: Interface, destination: Endpoint)?
    /// What is sent again.
    var sent: [UInt8] = []
    var timers = RunningTimers()
    /// The asker has heard what came of it; the transaction absorbs what still comes.
    var isAnswered = false

    init(_ request: OwnRequest, _ hop: NextHop, until end: Instant, token: BranchToken) {
        self.request = request
        self.hop = hop
        self.end = end
        self.token = token
    }

    /// The message (RFC 3261 8.1.1, 11.1).
    ///
    /// - Parameters:
    ///   - outgoing: the listener that will send it.
    ///   - number: nobody foresees it; it makes Call-ID and From-tag.
    func message(from outgoing: Listener, number: UInt64) -> [UInt8] {
        let uri = hop.requestURI ?? request.target.uri.requestForm
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append("OPTIONS ")
        bytes.append(slice: uri)
        bytes.append(" SIP/2.0\r\n")
        bytes.append(slice: outgoing.viaStart)
        token.appendDigits(to: &bytes)
        for route in hop.routes ?? [] {
            bytes.append("\r\nRoute: ")
            bytes.append(slice: route)
        }
        bytes.append("\r\nMax-Forwards: 70\r\nFrom: <sip:")
        if let user = request.user {
            bytes.append(slice: user)
            bytes.append(0x40)
        }
        bytes.append(slice: outgoing.advertisedHost)
        bytes.append(0x3A)
        bytes.append(decimal: UInt64(outgoing.advertisedPort))
        bytes.append(">;tag=")
        bytes.append(hexadecimal: number & 0xFFFF_FFFF, digits: 8)
        bytes.append("\r\nTo: <")
        bytes.append(slice: request.target.uri.requestForm)
        bytes.append(">\r\nCall-ID: ")
        bytes.append(hexadecimal: number, digits: 16)
        bytes.append("\r\nCSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n")
        return bytes
    }
}
