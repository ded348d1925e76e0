import SIPCore
import SIPTransaction

/// A request finds its transaction among 16,384: the keyed hash of its branch and sent-by, and the table.
struct MatchBenchmark: Benchmark {
    private var requests: [(SIPRequest, RequestEssentials)] = []
    private var table: [TransactionKey: UInt32] = [:]
    private var sum: UInt32 = 0

    init() throws {
        table.reserveCapacity(16_384)
        var numbers = Numbers(seed: 3)
        for index in 0..<16_384 {
            let request = try World.request(Array(Inputs.invite(index, &numbers).utf8))
            let essentials = try request.check()
            let key = TransactionKey(
                request: request, essentials: essentials, hashKey: World.hashKey)
            table[key] = UInt32(index)
            // Those that are looked for lie all over the table.
            if index % (16_384 / Inputs.count) == 0 { requests.append((request, essentials)) }
        }
    }

    func prepare(_ stage: Int, pass: Int) {}

    mutating func run(_ stage: Int) throws {
        for (request, essentials) in requests {
            let key = TransactionKey(
                request: request, essentials: essentials, hashKey: World.hashKey)
            guard let place = table[key] else { throw Unexpected("an unknown transaction") }
            sum &+= place
        }
    }
}
