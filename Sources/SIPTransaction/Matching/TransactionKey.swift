public import SIPCore

/// What a server transaction is found by (RFC 3261 17.2.3): 128 bits, hashed with the process's secret.
///
/// Requests of the same transaction have the same key. With the magic cookie in the branch that is the branch, the
/// sent-by and the method, where ACK counts as INVITE; without it, it is what RFC 2543 compares.
public struct TransactionKey: Sendable {
    let low: UInt64
    let high: UInt64

    /// One of so many parts of the server: INVITE, its CANCEL and the ACK for its non-2xx response give the same.
    ///
    /// - Parameter count: at least 1.
    /// - Returns: 0 up to `count`.
    public func stripe(of count: Int) -> Int {
        // A power of two or not: the high half of the product of two 32-bit numbers (Lemire).
        Int((low & 0xFFFF_FFFF) &* UInt64(max(count, 1)) >> 32)
    }
}

extension TransactionKey: Hashable {
    public static func == (left: TransactionKey, right: TransactionKey) -> Bool {
        left.low == right.low && left.high == right.high
    }

    public func hash(into hasher: inout Hasher) {
        // One half is hash enough: both are keyed.
        hasher.combine(high)
    }
}
