/// The secret of a process that its transaction keys are hashed with: branches are chosen by
/// whoever sends, so without a secret an attacker could choose them to collide.
public struct HashKey: Hashable, Sendable {
    let low: UInt64
    let high: UInt64

    /// A key from 128 random bits.
    public init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }
}
