import NIOCore
import SIPCore

/// The monotonic clock, which the connections' deadlines are counted on.
enum StreamClock {
    static var now: Instant {
        Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }
}
