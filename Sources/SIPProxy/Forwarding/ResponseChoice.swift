package import SIPCore

/// The choice of the best of the final responses that came in (RFC 3261 16.7 step 6).
package enum ResponseChoice {
    /// The index of the response that goes back.
    ///
    /// - Parameter statuses: final responses, at least one; none of them 2xx to INVITE, for those went on at once.
    package static func best(of statuses: [SIPStatus]) -> Int? {
        var best: Int?
        for index in statuses.indices {
            guard let chosen = best else {
                best = index
                continue
            }
            if rank(statuses[index]) < rank(statuses[chosen]) { best = index }
        }
        return best
    }

    static func best(of finals: [FinalResponse]) -> FinalResponse? {
        best(of: finals.map(\.status)).map { finals[$0] }
    }

    /// Lower is better: 6xx before all, then the lowest class; within 4xx first what helps the caller to try again
    /// ("401, 407, 415, 420, 484"), and 408 and 487 last, for another target may have said something more telling; 503 last of the 5xx.
    private static func rank(_ status: SIPStatus) -> Int {
        switch status.code {
        case 600...: 0
        case 200..<300: 10
        case 300..<400: 20
        case 401, 407: 30
        case 415, 420, 484: 31
        case 408, 487: 33
        case 400..<500: 32
        case 503: 41
        default: 40
        }
    }
}
