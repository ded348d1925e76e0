import SIPCore
import SIPTransaction

/// What is left of the search for somebody who answers (RFC 3261 16.7): the groups that were not asked yet, and when the group
/// that rings now has rung long enough.
///
/// Its session drops it with the final response. Only a request outside of dialogs has one: one inside has nobody else to go to.
final class Search {
    /// The request as the route left it.
    @exclusivity(unchecked) var request: RoutedRequest
    /// Who was not asked yet, in the order of their groups; nil stands for the Request-URI.
    @exclusivity(unchecked) private var waiting: ArraySlice<Target?> = []
    /// Who was asked. RFC 3261 16.5: "a proxy MUST NOT add a target URI to the target set more than once".
    @exclusivity(unchecked) private var asked: [Target?] = []
    @exclusivity(unchecked) private var times = RingTimes()
    /// When everybody has had time enough.
    @exclusivity(unchecked) private var end: Instant?
    /// How often the route has sent the request somewhere.
    @exclusivity(unchecked) private(set) var attempts = 0
    /// The first branch of those that the route asked for last.
    @exclusivity(unchecked) private(set) var firstBranch = 0
    /// The timer of the group that rings.
    @exclusivity(unchecked) var timer = TimerWheel.Handle.none

    init(_ request: RoutedRequest) { self.request = request }

    /// More to ask, after the route has said so.
    ///
    /// - Parameter branches: how many branches there are already.
    func ask(_ targets: [Target?], _ times: RingTimes, behind branches: Int, at now: Instant) {
        attempts += 1
        firstBranch = branches
        waiting = targets[...]
        self.times = times
        end = times.total.map { now + $0 }
    }

    /// Whether the route may send the request somewhere else still: one that does so for ever is stopped.
    var mayAskAgain: Bool { attempts < Self.mostAttempts }

    var isExhausted: Bool { waiting.isEmpty }

    /// Nobody else is asked.
    func giveUp() { waiting = [] }

    /// Whether everybody together had the time that the route gave.
    func isOver(at now: Instant) -> Bool { end.map { $0 <= now } ?? false }

    /// The next group, without those that were asked before; empty when nobody is left.
    func nextGroup() -> [Target?] {
        // Mostly one phone is all there is: the lists are the same one then.
        if waiting.count == 1, asked.isEmpty {
            asked = Array(waiting)
            waiting = []
            return asked
        }
        while let first = waiting.first {
            // The Request-URI is asked once: it is all that a route said, and it is what the route left there.
            guard let first else {
                waiting.removeFirst()
                return [nil]
            }
            let count = waiting.prefix { $0?.group == first.group }.count
            var group: [Target?] = []
            for case let target? in waiting.prefix(count)
            where !asked.contains(where: { $0.map(target.isSame) ?? false }) {
                asked.append(target)
                group.append(target)
            }
            waiting.removeFirst(count)
            if !group.isEmpty { return group }
        }
        return []
    }

    /// How long the group that was taken last may ring; nil: as long as Timer C lets it.
    func ringTime(for method: SIPMethod, at now: Instant) -> Duration? {
        var time: Duration?
        if method == .invite {
            time = times.group ?? (isExhausted ? nil : Self.standardRinging)
        } else if !isExhausted {
            time = times.group ?? Self.standardPatience
        }
        guard let end else { return time }
        return min(time ?? end - now, end - now)
    }

    /// How long the gateway that was taken last is waited for; nil: as long as its client transaction lives.
    ///
    /// - Parameters:
    ///   - hasSpoken: it has sent a provisional response.
    ///   - patience: how long it may be silent when there are others.
    func gatewayTime(hasSpoken: Bool, _ patience: Duration, at now: Instant) -> Duration? {
        let rest = end.map { $0 - now }
        let silence = hasSpoken || isExhausted ? nil : patience
        return [times.group, rest, silence].compactMap(\.self).min()
    }

    private static let mostAttempts = 16
    /// So long rings a group that another one follows.
    private static let standardRinging = Duration.seconds(20)
    /// So long is waited for the answer to a request that nobody has to pick up.
    private static let standardPatience = Duration.seconds(5)
}
