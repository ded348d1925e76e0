package import SIPCore

/// Why something was dropped before anybody looked at it.
public enum DropCause: String, Hashable, Sendable, CaseIterable {
    /// Its source is banned.
    case banned
    /// Its source sends too much.
    case overRate = "over-rate"
    /// Its User-Agent is a scanner's.
    case scanner
}

extension Site {
    /// Whether a message may be read. Trusted sources are looked for only where another one would be turned away.
    ///
    /// - Parameters:
    ///   - names: whom a verified certificate says its sender to be.
    ///   - tell: is told what an operator may want to know.
    package func admits(
        _ bytes: [UInt8], from source: Endpoint, provenNames names: [ByteSlice], at now: Instant,
        tell: (ProxyEvent) -> Void
    ) -> Bool {
        guard let flood else { return true }
        // "SIP/2.0 …" begins a response: nobody sends more of them than we asked for and looks at.
        let isRequest = !bytes.span.startsLikeResponse
        let verdict = flood.check(source.address, isRequest: isRequest, at: now)
        guard verdict != .admitted, !isExempt(source, names) else { return true }
        if verdict == .banned {
            flood.count(source.address, \.banned)
            tell(.dropped(.banned, from: source))
        } else {
            flood.count(source.address, \.overRate)
            tell(.dropped(.overRate, from: source))
            if verdict == .overRate(isNews: true) { tell(.flooding(from: source)) }
        }
        return false
    }

    /// Whether a request may be worked on: not that of a scanner.
    ///
    /// - Parameter isConnected: whether it came over a connection, where nobody has another one's address.
    package func admits(
        _ request: SIPRequest, from source: Endpoint, provenNames names: [ByteSlice],
        isConnected: Bool, at now: Instant, tell: (ProxyEvent) -> Void
    ) -> Bool {
        guard let flood, let agent = request.message.first(.userAgent), flood.isScanner(agent),
            !isExempt(source, names)
        else { return true }
        flood.count(source.address, \.scanners)
        tell(.dropped(.scanner, from: source))
        if isConnected, let time = flood.ban(source.address, .scanner, for: nil, at: now) {
            tell(.banned(SourceKey(source.address).description, .scanner, for: time))
        }
        return false
    }

    /// A login with a nonce that the source was given.
    package func noteLogin(
        from source: Endpoint, isRight: Bool, at now: Instant, tell: (ProxyEvent) -> Void
    ) {
        guard let flood else { return }
        if isRight {
            flood.loginSucceeded(source.address)
        } else if !isExempt(source, []), let time = flood.loginFailed(source.address, at: now) {
            tell(.banned(SourceKey(source.address).description, .logins, for: time))
        }
    }

    /// What a nonce for a source bears; nil: nobody is counted, so it bears nothing.
    func origin(of address: IPAddress) -> UInt32? {
        flood == nil ? nil : signature.origin(of: SourceKey(address))
    }

    private func isExempt(_ source: Endpoint, _ names: [ByteSlice]) -> Bool {
        flood?.settings.exemptsLoopback == true && source.address.isLoopback
            || peer(at: source, provenNames: names) != nil
    }
}

extension IPAddress {
    /// RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3: no packet from outside has it.
    fileprivate var isLoopback: Bool {
        switch self {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}

extension Span<UInt8> {
    fileprivate var startsLikeResponse: Bool {
        count > 4 && self[0] | 0x20 == 0x73 && self[1] | 0x20 == 0x69 && self[2] | 0x20 == 0x70
            && self[3] == 0x2F
    }
}
