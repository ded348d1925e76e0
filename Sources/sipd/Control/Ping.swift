import Glibc
import SIPCore

/// An OPTIONS to one target, sent from a socket of its own and again until an answer comes (RFC 3261 11.1, 17.1.2).
struct Ping {
    /// Where to, and what is asked for there.
    struct Target {
        let uri: SIPURI
        /// Where it goes instead of the URI's host and port.
        var received: Endpoint?
    }

    enum Answer: Equatable {
        case response(status: UInt16, reason: String)
        case nobodyThere
        case silence
    }

    let uri: String
    private(set) var answer: Answer?
    /// From the first copy to the answer.
    private(set) var roundTrip = Duration.zero
    private(set) var copies = 0
    private let peer: DatagramPeer
    private let callID: String
    private let message: [UInt8]
    private var start = Instant.zero
    private var nextCopy = Instant.zero
    private var interval = Duration.milliseconds(500)

    /// - Throws: `Failure` when nothing can be sent there.
    init(_ target: Target) throws(Failure) {
        let uri = target.uri
        let transport = target.received?.transport ?? uri.transport ?? .udp
        guard transport == .udp, !uri.isSecure else {
            throw Failure(.unavailable, "ping speaks UDP, and \(uri) does not")
        }
        guard uri.headers == nil, uri.method == nil else {
            throw Failure(.data, "\(uri) can't be a Request-URI: it has headers or a method")
        }
        self.uri = uri.text.description
        peer =
            if let received = target.received {
                try DatagramPeer(host: "\(received.address)", port: received.port)
            } else {
                try DatagramPeer(
                    host: uri.host.address.map { "\($0)" } ?? uri.host.text.description,
                    port: uri.port ?? transport.defaultPort)
            }
        let word = String(UInt64.random(in: .min ... .max), radix: 36)
        callID = "\(word)@\(peer.own)"
        message = Array(
            Self.options(to: self.uri, from: peer.own, callID: callID, word: word).utf8)
    }

    /// Sends to all at the same moment, and waits until each has answered or the time is over.
    static func run(_ pings: inout [Ping], timeout: Duration) {
        let end = Instant.now + timeout
        for index in pings.indices { pings[index].begin(at: .now) }
        while pings.contains(where: { $0.answer == nil }), .now < end {
            let open = pings.indices.filter { pings[$0].answer == nil }
            var polled = open.map {
                pollfd(fd: pings[$0].peer.descriptor, events: Int16(POLLIN), revents: 0)
            }
            let next = open.reduce(end) { min($0, pings[$1].nextCopy) }
            let wait = Int32(clamping: Int64((next - .now) / .milliseconds(1)) + 1)
            poll(&polled, nfds_t(polled.count), max(0, wait))
            for (index, entry) in zip(open, polled) {
                if entry.revents != 0 { pings[index].receive(at: .now) }
                pings[index].repeatIfDue(at: .now)
            }
        }
        for index in pings.indices where pings[index].answer == nil {
            pings[index].answer = .silence
        }
    }

    private mutating func begin(at now: Instant) {
        start = now
        nextCopy = now
        repeatIfDue(at: now)
    }

    private mutating func repeatIfDue(at now: Instant) {
        guard answer == nil, nextCopy <= now else { return }
        copies += 1
        if case .refused = peer.send(message) { answer = .nobodyThere }
        nextCopy = now + interval
        interval = min(interval * 2, .seconds(4))
    }

    private mutating func receive(at now: Instant) {
        switch peer.receive() {
        case .refused: answer = .nobodyThere
        case .nothing: break
        case .received(let bytes):
            guard case .response(let response)? = try? SIPMessage(bytes),
                response.status.code >= 200,
                (try? response.callID) == ByteSlice(callID)
            else { return }
            answer = .response(
                status: response.status.code, reason: response.reasonPhrase.description)
            roundTrip = now - start
        }
    }

    private static func options(
        to uri: String, from own: String, callID: String, word: String
    ) -> String {
        """
        OPTIONS \(uri) SIP/2.0\r
        Via: SIP/2.0/UDP \(own);branch=z9hG4bK\(word);rport\r
        Max-Forwards: 70\r
        From: <sip:sipd@\(own)>;tag=\(word)\r
        To: <\(uri)>\r
        Call-ID: \(callID)\r
        CSeq: 1 OPTIONS\r
        Accept: application/sdp\r
        User-Agent: sipd\r
        Content-Length: 0\r
        \r

        """
    }
}
