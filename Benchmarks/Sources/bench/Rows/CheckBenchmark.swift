import SIPCore

/// The INVITEs of `parse` through the check that every request passes: all that is read of one before it is routed.
struct CheckBenchmark: Benchmark {
    private let messages = Inputs.invites()
    private var sum = 0

    init() throws {}

    func prepare(_ stage: Int, pass: Int) {}

    mutating func run(_ stage: Int) throws {
        for bytes in messages {
            let essentials = try World.request(bytes).check()
            sum &+= essentials.callID.count + Int(essentials.cseq.number)
        }
    }
}
