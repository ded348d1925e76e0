/// The timers of RFC 3261 table 4, with L and M of RFC 6026.
public enum TransactionTimer: UInt8, Hashable, Sendable, CaseIterable {
    /// INVITE client: send the request again (unreliable transports only).
    case a
    /// INVITE client: nobody answered.
    case b
    /// A proxy's own: a forwarded INVITE rang too long (RFC 3261 16.6 item 11). No machine here
    /// sets it.
    case c
    /// INVITE client: wait for more copies of the final response.
    case d
    /// Non-INVITE client: send the request again (unreliable transports only).
    case e
    /// Non-INVITE client: nobody gave a final answer.
    case f
    /// INVITE server: send the final response again (unreliable transports only).
    case g
    /// INVITE server: the ACK never came.
    case h
    /// INVITE server: wait for more copies of the ACK.
    case i
    /// Non-INVITE server: wait for more copies of the request.
    case j
    /// Non-INVITE client: wait for more copies of the final response.
    case k
    /// INVITE server: wait for more copies of the accepted INVITE (RFC 6026 7.1).
    case l
    /// INVITE client: wait for more 2xx responses, from this and from other branches of a fork (RFC
    /// 6026 7.2).
    case m
}

/// Some of the timers: those that an event cancels.
public struct TransactionTimers: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The set that holds one timer.
    public init(_ timer: TransactionTimer) { rawValue = 1 << UInt16(timer.rawValue) }

    public static let a = TransactionTimers(.a)
    public static let b = TransactionTimers(.b)
    public static let c = TransactionTimers(.c)
    public static let d = TransactionTimers(.d)
    public static let e = TransactionTimers(.e)
    public static let f = TransactionTimers(.f)
    public static let g = TransactionTimers(.g)
    public static let h = TransactionTimers(.h)
    public static let i = TransactionTimers(.i)
    public static let j = TransactionTimers(.j)
    public static let k = TransactionTimers(.k)
    public static let l = TransactionTimers(.l)
    public static let m = TransactionTimers(.m)
}
