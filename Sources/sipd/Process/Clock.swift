import Glibc
import SIPCore

extension Instant {
    /// The monotonic clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }
}

extension UnixTime {
    /// The wall clock.
    static var now: UnixTime { UnixTime(seconds: Int64(time(nil))) }
}
