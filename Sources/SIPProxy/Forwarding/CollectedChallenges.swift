import SIPCore

/// A 401 or 407 of a fork, with the challenges of all branches: a caller that can answer only some of them would never get
/// through to the rest.
enum CollectedChallenges {
    /// RFC 3261 16.7 step 7: "If the selected response is a 401 (Unauthorized) or 407 (Proxy Authentication Required), the proxy
    /// MUST collect any WWW-Authenticate and Proxy-Authenticate header field values from all other 401 (Unauthorized) and 407
    /// (Proxy Authentication Required) responses received so far in this response context and add them to this response without
    /// modification before forwarding."
    ///
    /// - Parameters:
    ///   - selected: the response that goes back.
    ///   - finals: the final responses of all branches, the selected one among them.
    static func bytes(_ selected: [UInt8], of finals: [FinalResponse]) -> [UInt8] {
        guard finals.count > 1, let message = try? MessageBytes(selected) else { return selected }
        var editor = MessageEditor(message)
        for case .received(let status, let bytes) in finals
        where status.isChallenge && bytes != selected {
            guard let other = try? MessageBytes(bytes) else { continue }
            for line in other.lines
            where line.header == .wwwAuthenticate || line.header == .proxyAuthenticate {
                editor.addLine { $0.append(bytes, ByteRange(Int(line.start), line.value.upper)) }
            }
        }
        return editor.spliced()
    }
}

extension SIPStatus {
    /// 401 and 407.
    var isChallenge: Bool { self == .unauthorized || self == .proxyAuthenticationRequired }
}
