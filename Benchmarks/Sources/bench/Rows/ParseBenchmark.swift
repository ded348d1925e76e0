import SIPCore

/// 512 different INVITEs in turn: the index of their lines, and what finds a transaction and a dialog: top Via with
/// sent-by and branch, tags, Call-ID and CSeq.
struct ParseBenchmark: Benchmark {
    private let messages = Inputs.invites()
    private var sum = 0

    init() throws {
        let size = messages.reduce(0) { $0 + $1.count } / messages.count
        guard (630...670).contains(size) else { throw Unexpected("INVITEs of \(size) bytes") }
    }

    func prepare(_ stage: Int, pass: Int) {}

    mutating func run(_ stage: Int) throws {
        for bytes in messages {
            guard case .request(let request) = try SIPMessage(bytes) else {
                throw Unexpected("a response")
            }
            let via = try request.topVia
            let from = try request.from
            let to = try request.to
            let callID = try request.callID
            let cseq = try request.cseq
            guard let branch = via.branch, let tag = from.tag, to.tag == nil,
                cseq.method == .invite
            else { throw Unexpected("another INVITE") }
            sum &+= branch.count + tag.count + callID.count + via.host.text.count
        }
    }
}
