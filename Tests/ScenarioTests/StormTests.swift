import Foundation
import SIPCore
import SIPTesting
import Testing

@Suite("thousands of calls") struct StormTests {
    /// A thousand calls a seed. `SIP_STORM_CALLS` says how many in all; 10,000 when it is not set.
    static let seeds: [UInt64] = {
        let calls = ProcessInfo.processInfo.environment["SIP_STORM_CALLS"].flatMap(Int.init)
        return (1...UInt64(max(1, (calls ?? 10_000) / 1_000))).map { $0 }
    }()

    @Test(
        "each INVITE is finally answered once, and nothing is left, on a network that loses, doubles and reorders",
        arguments: seeds)
    func storm(seed: UInt64) async throws {
        let site = try VirtualSite {
            $0.seed = seed
            $0.accounts = (0..<200).map { "user\($0)" }
        }
        site.recorder.isRecording = false
        var dice = SplitMix(seed)
        let phones = (0..<200).map { site.phone("user\($0)") }
        for phone in phones { phone.register(expires: 7200) }
        await site.run(for: .seconds(2))
        try #require(phones.indices.allSatisfy { !site.contacts(of: "user\($0)").isEmpty })

        site.network.conditions = .bad(0.1)
        site.network.conditions.latency = .milliseconds(1) ... .milliseconds(200)
        for phone in phones { phone.habit = habit(&dice) }
        var calls: [Call] = []
        for _ in 0..<1_000 {
            let caller = Int.random(in: 0..<200, using: &dice)
            let callee = (caller + Int.random(in: 1..<200, using: &dice)) % 200
            let start = Duration.milliseconds(Int.random(in: 0..<300_000, using: &dice))
            let patience = Duration.milliseconds(Int.random(in: 100..<40_000, using: &dice))
            let talk = Duration.milliseconds(Int.random(in: 0..<60_000, using: &dice))
            let calleeHangsUp = Bool.random(using: &dice)
            site.clock.after(start) {
                let call = phones[caller].call(phones[callee])
                calls.append(call)
                site.clock.after(patience) {
                    if call.finalStatus == nil { call.cancel() }
                }
                site.clock.after(patience + talk) {
                    let other = phones[callee].calls.last { $0.callID == call.callID }
                    calleeHangsUp ? other?.hangUp() : call.hangUp()
                }
            }
        }
        await site.settle()

        #expect(calls.count == 1_000)
        check(calls)
        agree(phones, calls)
    }

    private func check(_ calls: [Call]) {
        var outcomes: [Int: Int] = [:]
        for call in calls {
            // One final response for each INVITE, the challenged one and the one with credentials; copies of a 2xx count once.
            let finals = Dictionary(grouping: call.responses.filter(\.isFinal), by: \.cseq)
            for (_, messages) in finals {
                #expect(Set(messages.map { "\($0.status ?? 0) \($0.toTag ?? "")" }).count == 1)
            }
            outcomes[call.finalStatus ?? 0, default: 0] += 1
            #expect(call.state == .ended || call.state == .answered)
        }
        // Every kind of end came up, and no other.
        for status in [200, 486, 487] { #expect(outcomes[status, default: 0] > 50, "\(outcomes)") }
        for status in outcomes.keys {
            #expect([200, 407, 408, 486, 487].contains(status), "\(outcomes)")
        }
    }

    /// A call that the callee answered, and whose ACK came, is one that the caller knows to be answered.
    private func agree(_ phones: [Phone], _ calls: [Call]) {
        let callers = Dictionary(calls.map { ($0.callID, $0) }, uniquingKeysWith: { $1 })
        for call in phones.flatMap(\.calls) where !call.isCaller && call.isAcknowledged {
            #expect(callers[call.callID]?.finalStatus == 200)
        }
    }

    private func habit(_ dice: inout SplitMix) -> Phone.Habit {
        switch Int.random(in: 0..<10, using: &dice) {
        case 0..<6: .answers(after: .milliseconds(Int.random(in: 0..<8_000, using: &dice)))
        case 6, 7: .refuses(486)
        case 8: .rings
        default: .isDead
        }
    }
}
