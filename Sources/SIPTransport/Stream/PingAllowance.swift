import SIPCore

/// How many keep-alives a peer may still send: so many at once, and one more each second.
struct PingAllowance {
    private let capacity: Int64
    private var left: Int64
    private var since: Instant

    init(_ capacity: Int, at now: Instant) {
        self.capacity = Int64(max(1, capacity))
        left = self.capacity
        since = now
    }

    /// False when there are too many.
    mutating func take(at now: Instant) -> Bool {
        let seconds = max(0, (now - since).components.seconds)
        if seconds > 0 {
            left = min(capacity, left + min(seconds, capacity))
            since = now
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
