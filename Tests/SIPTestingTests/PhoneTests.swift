import SIPProxy
import SIPTesting
import Testing

@Suite("a phone") struct PhoneTests {
    @Test("puts the other side on hold, and takes it back: a re-INVITE, its 200, its ACK")
    func hold() async throws {
        let office = try await Office.open()
        let (call, other) = try await office.talk()
        office.site.recorder.forget()
        call.hold()
        await office.site.run(for: .seconds(1))
        #expect(call.holdStatus == 200)
        #expect(call.media == .sendonly)
        #expect(other.media == .recvonly)
        #expect(
            office.site.recorder.ladder(of: call).lines == [
                "alice -> proxy INVITE", "proxy -> alice 100 INVITE", "proxy -> bob INVITE",
                "bob -> proxy 200 INVITE", "proxy -> alice 200 INVITE", "alice -> proxy ACK",
                "proxy -> bob ACK",
            ])
        call.resume()
        await office.site.run(for: .seconds(1))
        #expect(call.media == .sendrecv)
        #expect(other.media == .sendrecv)
        #expect(await office.isOverAfterHangUp(call))
    }

    @Test("that is on hold may hold as well: then nothing flows") func bothHold() async throws {
        let office = try await Office.open()
        let (call, other) = try await office.talk()
        call.hold()
        await office.site.run(for: .seconds(1))
        other.hold()
        await office.site.run(for: .seconds(1))
        #expect(call.media == .inactive)
        #expect(other.media == .inactive)
        #expect(await office.isOverAfterHangUp(other))
    }

    @Test("whose offer meets the other side's answers 491, and so does the other (RFC 3261 14.2)")
    func glare() async throws {
        let office = try await Office.open()
        let (call, other) = try await office.talk()
        call.hold()
        other.hold()
        await office.site.run(for: .seconds(1))
        #expect(call.holdStatus == 491)
        #expect(other.holdStatus == 491)
        #expect(call.media == .sendrecv)
        #expect(await office.isOverAfterHangUp(call))
    }

    @Test("hands its call over: the other side calls, and it hangs up when that is answered")
    func transfer() async throws {
        let office = try await Office.open()
        let carol = try await office.phone("carol", .answers(after: .seconds(2)))
        let (call, other) = try await office.talk()
        call.transfer(to: carol)
        await office.site.run(for: .seconds(1))
        #expect(call.transferStatus == 100)
        #expect(call.state == .answered)
        await office.site.run(for: .seconds(3))
        #expect(call.transferStatus == 200)
        #expect(call.state == .ended)
        #expect(call.hangUpStatus == 200)
        #expect(other.transferred?.state == .answered)
        #expect(carol.incoming?.isAcknowledged == true)
        #expect(await office.isOverAfterHangUp(try #require(other.transferred)))
    }

    @Test("whose transfer fails keeps its call, and knows why") func failedTransfer() async throws {
        let office = try await Office.open()
        let carol = try await office.phone("carol", .refuses(486))
        let (call, other) = try await office.talk()
        call.transfer(to: carol)
        await office.site.run(for: .seconds(2))
        #expect(call.transferStatus == 486)
        #expect(call.state == .answered)
        #expect(other.transferred?.finalStatus == 486)
        #expect(await office.isOverAfterHangUp(call))
    }

    @Test("holds and transfers over a network that loses, doubles and reorders", arguments: 1...20)
    func badNetwork(seed: UInt64) async throws {
        let office = try await Office.open(seed: seed)
        let carol = try await office.phone("carol", .answers(after: .seconds(2)))
        let (call, other) = try await office.talk()
        office.site.network.conditions = .bad(0.1)
        call.hold()
        await office.site.run(for: .seconds(40))
        #expect(call.holdStatus == 200)
        #expect(other.media == .recvonly)
        call.transfer(to: carol)
        await office.site.run(for: .seconds(80))
        #expect(call.transferStatus == 200)
        #expect(await office.isOverAfterHangUp(try #require(other.transferred)))
    }

    @Test("that gives up before the answer is answered 487") func cancel() async throws {
        let office = try await Office.open()
        office.bob.habit = .rings
        let call = office.alice.call(office.bob)
        await office.site.run(for: .seconds(1))
        #expect(call.state == .ringing)
        call.cancel()
        await office.site.run(for: .seconds(1))
        #expect(call.finalStatus == 487)
        #expect(await office.site.finish().isEmpty)
    }

    @Test("that answers no challenge is refused") func challenge() async throws {
        let office = try await Office.open()
        office.alice.answersChallenges = false
        let call = office.alice.call(office.bob)
        await office.site.run(for: .seconds(1))
        #expect(call.finalStatus == 407)
        #expect(office.bob.calls.isEmpty)
        #expect(await office.site.finish().isEmpty)
    }

    @Test("that is dead leaves the caller with 408") func dead() async throws {
        let office = try await Office.open()
        office.bob.habit = .isDead
        let call = office.alice.call(office.bob)
        await office.site.run(for: .seconds(60))
        #expect(call.finalStatus == 408)
        #expect(await office.site.finish().isEmpty)
    }
}
