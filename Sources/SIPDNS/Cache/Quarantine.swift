package import SIPCore

/// Destinations that failed, set aside for a while: they are tried last.
package struct Quarantine: Sendable {
    private var ends: [Endpoint: Instant] = [:]
    private let limit: Int

    /// - Parameter limit: so many are remembered at once; further ones are not.
    package init(limit: Int = 4096) { self.limit = limit }

    package mutating func setAside(_ endpoint: Endpoint, until end: Instant, at now: Instant) {
        if ends.count >= limit, ends[endpoint] == nil {
            ends = ends.filter { $0.value > now }
            guard ends.count < limit else { return }
        }
        ends[endpoint] = max(end, ends[endpoint] ?? end)
    }

    /// The same destinations, those that are set aside behind all others: when nothing else is left they are better than nothing.
    package mutating func ordered(_ destinations: [Endpoint], at now: Instant) -> [Endpoint] {
        guard !ends.isEmpty else { return destinations }
        var first: [Endpoint] = []
        var last: [Endpoint] = []
        for destination in destinations {
            if let end = ends[destination] {
                if end > now {
                    last.append(destination)
                    continue
                }
                ends.removeValue(forKey: destination)
            }
            first.append(destination)
        }
        return first + last
    }
}
