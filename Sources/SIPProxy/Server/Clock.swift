import SIPCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The two clocks, read at the edge and handed down as values.
enum Clock {
    /// The monotonic clock.
    static var instant: Instant { Instant(nanoseconds: nanoseconds(CLOCK_MONOTONIC)) }

    /// The wall clock.
    static var unixTime: UnixTime {
        UnixTime(seconds: nanoseconds(CLOCK_REALTIME) / 1_000_000_000)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
