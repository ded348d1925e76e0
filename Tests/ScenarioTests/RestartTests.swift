import SIPCore
import SIPTesting
import SIPTransaction
import Testing

@Suite("a call that outlives its proxy") struct RestartTests {
    private static let (old, new) = (HashKey(11, 12), HashKey(13, 14))

    /// The keys of the proxy that comes after, and whether it lets the call's requests through.
    static let successors: [(keys: [HashKey], isKnown: Bool)] = [
        ([old], true), ([new, old], true), ([new], false),
    ]

    @Test(
        "is ended through the next one, by caller or callee, when that has the key",
        arguments: successors.indices, [true, false])
    func restart(index: Int, callerHangsUp: Bool) async throws {
        let (keys, isKnown) = Self.successors[index]
        let first = try VirtualSite { $0.keys = [Self.old] }
        let (_, bob, call) = try await answered(first)
        await first.run(for: .seconds(60))

        // Another process, or another node, takes over the address; it knows nothing of the call.
        let second = try VirtualSite(on: first.network) { $0.keys = keys }
        let hangingUp = callerHangsUp ? call : try #require(bob.incoming)
        hangingUp.hangUp()
        await second.run(for: .seconds(2))
        #expect(hangingUp.hangUpStatus == (isKnown ? 200 : 403))
        #expect((callerHangsUp ? bob.incoming : call)?.state == (isKnown ? .ended : .answered))
        #expect(second.proxy.routedRequests == 1)
        await second.settle()
    }

    @Test(
        "which was signed by a neighbour with the new key, goes on at one that still signs with the old"
    )
    func rotation() async throws {
        let ahead = try VirtualSite { $0.keys = [Self.new, Self.old] }
        let (_, _, call) = try await answered(ahead)
        let behind = try VirtualSite(on: ahead.network) { $0.keys = [Self.old, Self.new] }
        call.hangUp()
        await behind.run(for: .seconds(2))
        #expect(call.hangUpStatus == 200)
        await behind.settle()
    }
}
