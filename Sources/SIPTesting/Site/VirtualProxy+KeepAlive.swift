import SIPCore
import SIPLocation
import SIPProxy
import Synchronization

/// What the proxy sends to phones behind a NAT, and when: what the server's loops do, done on the virtual clock.
final class VirtualKeepAlive: Sendable {
    let settings: KeepAlive
    private let schedule: Mutex<KeepAliveSchedule>

    init(_ settings: KeepAlive, at now: Instant) {
        self.settings = settings
        schedule = Mutex(KeepAliveSchedule(interval: settings.interval, at: now))
    }

    var isOff: Bool { settings.way == .none }
    var count: Int { schedule.withLock { $0.count } }
    var nextDeadline: Instant? { schedule.withLock { $0.nextDeadline } }

    func set(_ bindings: [Binding], of address: AddressOfRecord, in location: any Location) {
        schedule.withLock { $0.set(bindings, of: address, in: location) }
    }

    func due(at now: Instant, _ time: UnixTime) -> [(number: UInt64, binding: KeptBinding)] {
        schedule.withLock { $0.due(at: now, time) }
    }

    func note(_ number: UInt64, hasAnswered: Bool) -> Bool {
        schedule.withLock {
            $0.note(number, hasAnswered: hasAnswered, maximum: settings.maximumSilence)
        }
    }
}

extension VirtualProxy {
    /// How many bindings behind NATs are kept alive.
    package var keptAlive: Int { keepAlive.count }

    /// Plans the next look at who is due; none as long as nobody is kept.
    func planKeepAlive() {
        guard !isKeeping, let next = keepAlive.nextDeadline else { return }
        isKeeping = true
        // Slots are a fraction of a second apart: what has passed by then is worked off together, as on a loop.
        network.clock.at(max(next, network.clock.now + .milliseconds(100))) { [unowned self] in
            isKeeping = false
            for (number, binding) in keepAlive.due(at: network.clock.now, network.clock.unixTime) {
                await send(binding, number)
            }
            planKeepAlive()
        }
    }

    private func send(_ binding: KeptBinding, _ number: UInt64) async {
        guard keepAlive.settings.way == .options else {
            network.send(KeepAlive.lineEnds, from: binding.local, to: binding.remote)
            return
        }
        guard let target = binding.target else { return }
        await ask(target, within: KeepAlive.patience(keepAlive.settings)) { [unowned self] result in
            let hasAnswered = if case .answered = result { true } else { false }
            if keepAlive.note(number, hasAnswered: hasAnswered) { await binding.remove() }
        }
    }
}
