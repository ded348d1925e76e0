/// The wall clock in whole seconds since 1970: what outlives the process (bindings, nonces) is dated with it.
public struct UnixTime: Hashable, Comparable, Sendable {
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public static func < (left: UnixTime, right: UnixTime) -> Bool { left.seconds < right.seconds }

    /// The time that many seconds later.
    public static func + (left: UnixTime, seconds: Int64) -> UnixTime {
        UnixTime(seconds: left.seconds &+ seconds)
    }

    /// The seconds from `right` to `left`.
    public static func - (left: UnixTime, right: UnixTime) -> Int64 {
        left.seconds &- right.seconds
    }
}
