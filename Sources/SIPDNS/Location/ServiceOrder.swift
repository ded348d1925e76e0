/// The order in which the servers of a service are tried (RFC 2782 "Usage rules").
enum ServiceOrder {
    /// The records by priority, and among equal ones drawn by weight; a new draw for each request shares the load.
    ///
    /// - Parameter random: numbers that nobody outside can foresee; one is taken for each record that has a rival.
    static func of(
        _ records: [ServiceRecord], using random: inout some RandomNumberGenerator
    ) -> [ServiceRecord] {
        // In the order of their arrival, equal ones would favour whichever record the server names first.
        var rest = records.sorted {
            ($0.priority, $0.weight) < ($1.priority, $1.weight)
        }[...]
        var ordered: [ServiceRecord] = []
        ordered.reserveCapacity(records.count)
        while let first = rest.first {
            let end = rest.firstIndex { $0.priority != first.priority } ?? rest.endIndex
            draw(rest[..<end], into: &ordered, using: &random)
            rest = rest[end...]
        }
        return ordered
    }

    /// "Compute the sum of the weights of those RRs, and with each RR associate the running sum in the selected order. Then choose a
    /// uniform random number between 0 and the sum computed (inclusive), and select the RR whose running sum value is the first in
    /// the selected order which is greater than or equal to the random number selected."
    ///
    /// - Parameter records: of one priority, those of weight 0 at the beginning, as the RFC wants them.
    private static func draw(
        _ records: ArraySlice<ServiceRecord>, into ordered: inout [ServiceRecord],
        using random: inout some RandomNumberGenerator
    ) {
        var records = Array(records)
        // At most 65,535 records of 65,535 each: no sum overflows.
        var sum = records.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
        while records.count > 1 {
            let drawn = UInt64.random(in: 0...sum, using: &random)
            var running: UInt64 = 0
            let index =
                records.firstIndex { record in
                    running += UInt64(record.weight)
                    return running >= drawn
                } ?? 0
            let record = records.remove(at: index)
            sum -= UInt64(record.weight)
            ordered.append(record)
        }
        ordered += records
    }
}
