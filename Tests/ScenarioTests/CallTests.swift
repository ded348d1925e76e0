import SIPCore
import Testing

@Suite("a call") struct CallTests {
    @Test("a call is challenged, rings, is answered and hung up by the caller") func caller()
        async throws
    {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let (alice, bob) = (phones[0], phones[1])
        bob.habit = .answers(after: .seconds(2))
        let call = alice.call(bob)
        await site.run(for: .seconds(5))
        #expect(call.state == .answered)
        #expect(bob.incoming?.isAcknowledged == true)
        call.hangUp()
        await site.run(for: .seconds(1))
        #expect(call.hangUpStatus == 200)
        #expect(bob.incoming?.state == .ended)
        #expect(
            site.recorder.ladder(callID: call.callID).lines == [
                "alice -> proxy INVITE", "proxy -> alice 407 INVITE", "alice -> proxy ACK",
                "alice -> proxy INVITE", "proxy -> alice 100 INVITE", "proxy -> bob INVITE",
                "bob -> proxy 180 INVITE", "proxy -> alice 180 INVITE",
                "bob -> proxy 200 INVITE", "proxy -> alice 200 INVITE", "alice -> proxy ACK",
                "proxy -> bob ACK", "alice -> proxy BYE", "proxy -> bob BYE",
                "bob -> proxy 200 BYE", "proxy -> alice 200 BYE",
            ])
        print(site.recorder.ladder(callID: call.callID))
        await site.settle()
    }
}
