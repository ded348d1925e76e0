package import SIPCore
import Synchronization

/// The nonces that were used and which of their counts, in memory of a fixed size.
///
/// Only a right digest enters a nonce here, so nobody without an account can fill it. When a bucket is full its oldest
/// nonce makes room, and from then on the bucket takes no nonce that was issued as early as that one unless it is still
/// there: a nonce that was forgotten is never mistaken for one that was not used yet.
package final class ReplayTable: Sendable {
    /// What became of a use.
    package enum Use: Hashable, Sendable {
        /// The first one with that count.
        case first
        /// The count was used before.
        case again
        /// The nonce may have been here, and is not any more.
        case forgotten
    }

    private static let ways = 8
    private let stripes: [Stripe]
    private let bucketsPerStripe: Int
    private let clockTolerance: Int64

    private final class Stripe: Sendable {
        let buckets: Mutex<Buckets>
        init(_ watermark: UInt32) { buckets = Mutex(Buckets(watermark: watermark)) }
    }

    /// - Parameters:
    ///   - capacity: in nonces, rounded up to a power of two, at least eight.
    ///   - start: nonces issued before are refused unless they come to be known: those that an earlier process may have
    ///     seen used. Nil accepts them.
    package init(capacity: Int, clockTolerance: Int64, start: UnixTime?) {
        var buckets = 1
        while buckets * ReplayTable.ways < min(capacity, 1 << 27) { buckets *= 2 }
        let count = min(buckets, 64)
        bucketsPerStripe = buckets / count
        self.clockTolerance = clockTolerance
        let watermark = start.map { seconds(UnixTime(seconds: $0.seconds &- 1)) } ?? 0
        stripes = (0..<count).map { _ in Stripe(watermark) }
    }

    /// How many nonces fit.
    package var capacity: Int { stripes.count * bucketsPerStripe * ReplayTable.ways }

    /// Uses a nonce whose lifetime has not ended.
    ///
    /// - Parameter count: the nonce count; nil when the nonce is good for this one use.
    package func use(_ nonce: Nonce, count: UInt32?, at now: UnixTime) -> Use {
        let stripe = stripes[Int(nonce.identity % UInt64(stripes.count))]
        let bucket = Int(nonce.identity / UInt64(stripes.count) % UInt64(bucketsPerStripe))
        let clock = Clock(now: seconds(now), newest: seconds(now + clockTolerance))
        return stripe.buckets.withLock {
            $0.allocate(bucketsPerStripe, ReplayTable.ways)
            return $0.use(nonce, count, bucket, ReplayTable.ways, clock)
        }
    }
}

/// The moment of a use, and the latest that a nonce can have been issued by any machine's clock.
private struct Clock {
    let now: UInt32
    let newest: UInt32
}

/// A time in 32 bits, which do until 2106.
private func seconds(_ time: UnixTime) -> UInt32 { UInt32(clamping: time.seconds) }

private struct Buckets {
    /// A place for a nonce, 24 bytes; free when `identity` is 0.
    struct Place {
        var identity: UInt64 = 0
        var window = ReplayWindow(0)
        var issued: UInt32 = 0
    }

    let watermark: UInt32
    private var places: [Place] = []
    /// For each bucket: nonces issued then or before are refused when they are not here.
    private var watermarks: [UInt32] = []

    init(watermark: UInt32) { self.watermark = watermark }

    /// At the first use: a process that authenticates nobody pays nothing.
    mutating func allocate(_ buckets: Int, _ ways: Int) {
        guard watermarks.isEmpty else { return }
        places = Array(repeating: Place(), count: buckets * ways)
        watermarks = Array(repeating: watermark, count: buckets)
    }

    mutating func use(_ nonce: Nonce, _ count: UInt32?, _ bucket: Int, _ ways: Int, _ clock: Clock)
        -> ReplayTable.Use
    {
        let identity = max(nonce.identity, 1)
        let issued = seconds(nonce.issued)
        var victim = bucket * ways
        for index in bucket * ways..<(bucket + 1) * ways {
            if places[index].identity == identity {
                guard let count else {
                    places[index].window = .closed
                    return .again
                }
                return places[index].window.use(count) ? .first : .again
            }
            if precedes(places[index], places[victim], clock) { victim = index }
        }
        // The clock was set back: a watermark of times to come would refuse every new nonce until then.
        if watermarks[bucket] > clock.now { watermarks[bucket] = max(clock.now, 1) - 1 }
        guard issued > watermarks[bucket] else { return .forgotten }
        if places[victim].identity != 0, places[victim].issued <= clock.newest {
            // Full of newer ones: this one is the oldest, and is refused in their place.
            guard places[victim].issued <= issued else { return .forgotten }
            watermarks[bucket] = max(watermarks[bucket], places[victim].issued)
        }
        places[victim].identity = identity
        places[victim].issued = issued
        places[victim].window = count.map { ReplayWindow($0) } ?? .closed
        return .first
    }

    /// Which place is given up first: a free one, one from the future (the clock was set back), the one issued first.
    private func precedes(_ left: Place, _ right: Place, _ clock: Clock) -> Bool {
        rank(left, clock) < rank(right, clock)
    }

    private func rank(_ place: Place, _ clock: Clock) -> UInt64 {
        if place.identity == 0 { return 0 }
        return place.issued > clock.newest ? 1 : 2 + UInt64(place.issued)
    }
}
