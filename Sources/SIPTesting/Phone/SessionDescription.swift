import SIPCore

/// Which way the media of a call flow, as one side sees it (RFC 3264 section 5.1).
public enum MediaDirection: String, Hashable, Sendable {
    case sendrecv, sendonly, recvonly, inactive

    /// The same as the other side sees it.
    public var reversed: MediaDirection {
        switch self {
        case .sendonly: .recvonly
        case .recvonly: .sendonly
        case .sendrecv, .inactive: self
        }
    }

    /// What an answerer says to an offer: it listens where the offerer sends, and the reverse (RFC 3264 6.1). One that has put the
    /// other side on hold does not listen.
    func answer(isHolding: Bool) -> MediaDirection {
        guard isHolding else { return reversed }
        return self == .sendrecv || self == .recvonly ? .sendonly : .inactive
    }
}

/// The body of an offer or an answer: one audio stream (RFC 4566).
struct SessionDescription {
    static let contentType = "application/sdp"
    let text: String

    /// - Parameter version: goes up with each description of a session (RFC 3264 section 8).
    init(_ endpoint: Endpoint, user: String, version: Int, _ direction: MediaDirection) {
        let address = endpoint.address
        let family = if case .v4 = address { "IP4" } else { "IP6" }
        text = [
            "v=0", "o=\(user) 1 \(version) IN \(family) \(address)", "s=-",
            "c=IN \(family) \(address)", "t=0 0", "m=audio 49170 RTP/AVP 0",
            "a=\(direction.rawValue)", "",
        ].joined(separator: "\r\n")
    }

    /// The direction that a body states; one that says nothing means both ways (RFC 4566 section 6).
    static func direction(in body: String) -> MediaDirection {
        for line in body.split(whereSeparator: \.isNewline) where line.hasPrefix("a=") {
            if let direction = MediaDirection(rawValue: String(line.dropFirst(2))) {
                return direction
            }
        }
        return .sendrecv
    }
}
