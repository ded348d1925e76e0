/// Which nonce counts of one nonce were used: the highest, and a bit for each of the 64 up to it.
///
/// The counts of one phone's requests may overtake each other on the way, by UDP or between proxies; whatever falls
/// behind by 64 or more is refused. As the anti-replay window of RFC 4303 3.4.3.
package struct ReplayWindow {
    package static let width: UInt32 = 64

    // In this order a window and a time fit in 16 bytes.
    /// Bit n stands for the count `highest - n`.
    private var used: UInt64
    private var highest: UInt32

    /// A window in which one count was used.
    package init(_ count: UInt32) {
        highest = count
        used = 1
    }

    /// A window in which nothing more can be used: a nonce that was good for one use.
    package static var closed: ReplayWindow {
        var window = ReplayWindow(.max)
        window.used = .max
        return window
    }

    /// Uses a count; false when it was used before or is too far behind.
    package mutating func use(_ count: UInt32) -> Bool {
        if count > highest {
            let step = count - highest
            used = step < ReplayWindow.width ? used << UInt64(step) | 1 : 1
            highest = count
            return true
        }
        let behind = highest - count
        guard behind < ReplayWindow.width else { return false }
        let bit: UInt64 = 1 << UInt64(behind)
        guard used & bit == 0 else { return false }
        used |= bit
        return true
    }
}
