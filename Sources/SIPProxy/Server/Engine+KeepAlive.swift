import SIPCore
import SIPLocation
import SIPTransport

extension Engine {
    /// What a phone sent to keep its NAT's mapping alive; STUN is answered from where it came in (RFC 5626 section 8).
    func received(
        _ keepAlive: KeepAliveDatagram, from source: Endpoint, on listener: Int,
        at address: IPAddress?, by io: LoopIO
    ) {
        keepAlives.count(keepAlive)
        guard case .stun(let answer) = keepAlive else { return }
        io.send(answer, to: source, from: Interface(listener: listener, address: address), for: nil)
    }

    /// Sends what is due to this loop's bindings behind NATs.
    func keepAlive(_ io: LoopIO, loop: Int) {
        guard !keepAlives.isOff else { return }
        for (number, binding) in keepAlives.due(for: loop, at: Clock.instant) {
            if keepAlives.settings.way == .options {
                ask(number, binding, io, loop)
            } else if let interface = site.interface(of: binding.local) {
                io.send(KeepAlive.lineEnds, to: binding.remote, from: interface, for: nil)
            }
        }
    }

    private func ask(_ number: UInt64, _ binding: KeptBinding, _ io: LoopIO, _ loop: Int) {
        guard let target = binding.target else { return }
        ask(target, within: KeepAlive.patience(keepAlives.settings), user: nil, by: io) {
            [self] result in
            let hasAnswered: Bool
            switch result {
            case .answered: hasAnswered = true
            case .timedOut, .unreachable: hasAnswered = false
            case .unsent: return
            }
            guard keepAlives.note(number, of: loop, hasAnswered: hasAnswered) else { return }
            Task { await binding.remove() }
        }
    }
}

extension KeepAlive {
    /// RFC 5626 3.5.1.
    package static let lineEnds = Array("\r\n\r\n".utf8)

    /// How long the answer to an OPTIONS is waited for: the next one finds none under way.
    package static func patience(_ settings: KeepAlive) -> Duration {
        min(max(settings.interval, .seconds(1)), .seconds(8))
    }
}
