import NIOPosix
import SIPCore
import SIPTesting
import TestPrograms
import Testing

@Suite("on the virtual network and on sockets alike", .serialized, .onOwnThread(atOnce: 8))
struct StageTests {
    @Test(
        "a phone registers, is found, takes its registration back, and is nobody then",
        arguments: StageKind.allCases)
    func registration(kind: StageKind) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob")
        let wrong = try stage.newPhone("eve").register()
        try await stage.until("eve is refused") { wrong.status == 401 }
        let message = phones[0].ask("MESSAGE", phones[1].address, body: "hello")
        try await stage.until("it arrives") { message.status == 200 }
        #expect(phones[1].requests.map(\.body) == ["hello"])
        let end = phones[1].register(expires: 0)
        try await stage.until("it is gone") { end.status == 200 }
        let call = phones[0].call(phones[1])
        try await stage.until("nobody is there") { call.finalStatus == 404 }
        try await stage.end()
    }

    @Test(
        "a call rings, is answered, and is hung up by either side", arguments: StageKind.allCases,
        [true, false])
    func call(kind: StageKind, callerHangsUp: Bool) async throws {
        let stage = try await kind.open()
        let (bob, call, other) = try await talk(stage)
        #expect(call.responses.contains { $0.status == 180 })
        let (near, far) = callerHangsUp ? (call, other) : (other, call)
        near.hangUp()
        try await stage.until("hung up") { near.hangUpStatus == 200 && far.state == .ended }
        #expect(bob.calls.count == 1)
        try await stage.end()
    }

    @Test("a call is talked in, held, resumed, and handed over", arguments: StageKind.allCases)
    func inside(kind: StageKind) async throws {
        let stage = try await kind.open()
        let (bob, call, other) = try await talk(stage)
        var answers: [Int] = []
        for side in [call, other] {
            side.ask("INFO", in: try #require(side.dialog)) { answers.append($0) }
        }
        try await stage.until("answered") { answers == [200, 200] }
        call.hold()
        try await stage.until("held") { call.media == .sendonly && other.media == .recvonly }
        call.resume()
        try await stage.until("resumed") { call.media == .sendrecv && call.holdStatus == 200 }
        let carol = try await stage.registered("carol")[0]
        carol.habit = .answers(after: .milliseconds(20))
        call.transfer(to: carol)
        try await stage.until("Bob talks with Carol") {
            bob.calls.last?.state == .answered && carol.incoming?.isAcknowledged == true
                && call.state == .ended && call.hangUpStatus == 200
        }
        bob.calls.last?.hangUp()
        try await stage.until("over") { carol.incoming?.state == .ended }
        try await stage.end()
    }

    @Test("a call is refused", arguments: StageKind.allCases, [486, 603])
    func refused(kind: StageKind, status: Int) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob")
        phones[1].habit = .refuses(status)
        let call = phones[0].call(phones[1])
        try await stage.until("refused") { call.finalStatus == status }
        try await stage.end()
    }

    @Test("a call is cancelled on all phones that ring", arguments: StageKind.allCases)
    func cancelled(kind: StageKind) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob", "bob")
        for phone in phones { phone.habit = .rings }
        let call = phones[0].call(phones[1])
        try await stage.until("both ring") {
            phones[1...].allSatisfy { $0.incoming?.state == .ringing }
        }
        try await stage.until("he hears it") { call.state == .ringing }
        call.cancel()
        try await stage.until("cancelled") {
            call.finalStatus == 487 && phones[1...].allSatisfy { $0.incoming?.state == .ended }
        }
        try await stage.end()
    }

    @Test(
        "of two phones that ring one answers, and the other is cancelled",
        arguments: StageKind.allCases)
    func forked(kind: StageKind) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob", "bob")
        phones[1].habit = .rings
        phones[2].habit = .answers(after: .milliseconds(50))
        let call = phones[0].call(phones[1])
        try await stage.until("answered") {
            phones[2].incoming?.isAcknowledged == true && phones[1].incoming?.finalStatus == 487
        }
        #expect(call.dialogs.count == 1)
        call.hangUp()
        try await stage.until("over") { call.hangUpStatus == 200 }
        try await stage.end()
    }

    @Test(
        "of two that answer at once both reach the caller, who keeps one",
        arguments: StageKind.allCases)
    func both(kind: StageKind) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob", "bob")
        let call = phones[0].call(phones[1])
        try await stage.until("both are asked") { phones[1...].allSatisfy { $0.incoming != nil } }
        for phone in phones[1...] { phone.incoming?.answer() }
        try await stage.until("one is sent away") {
            call.dialogs.count == 2 && call.state == .answered
                && phones[1...].count { $0.incoming?.state == .ended } == 1
        }
        call.hangUp()
        try await stage.until("over") { phones[1...].allSatisfy { $0.incoming?.state == .ended } }
        try await stage.end()
    }

    @Test("one that declines for all ends the ringing", arguments: StageKind.allCases)
    func declined(kind: StageKind) async throws {
        let stage = try await kind.open()
        let phones = try await stage.registered("alice", "bob", "bob")
        phones[1].habit = .rings
        let call = phones[0].call(phones[1])
        try await stage.until("it rings") {
            phones[1].incoming?.state == .ringing && phones[2].incoming != nil
        }
        phones[2].incoming?.refuse(603)
        try await stage.until("it is over") {
            call.finalStatus == 603 && phones[1].incoming?.finalStatus == 487
        }
        try await stage.end()
    }

    @Test("who has no account is challenged, and calls nobody", arguments: StageKind.allCases)
    func stranger(kind: StageKind) async throws {
        let stage = try await kind.open()
        let bob = try await stage.registered("bob")[0]
        let eve = try stage.newPhone("eve")
        let call = eve.call(bob)
        try await stage.until("refused") { call.finalStatus == 407 }
        await stage.linger()
        #expect(bob.calls.isEmpty)
        try await stage.end()
    }

    @Test("two proxies live in one process on the host program's event loops") func several()
        async throws
    {
        let loops = MultiThreadedEventLoopGroup.singleton
        let sites = [try await SocketSite(on: loops), try await SocketSite(on: loops)]
        #expect(sites[0].proxy.addresses != sites[1].proxy.addresses)
        var calls: [Call] = []
        for site in sites { calls.append(try await talk(site).call) }
        // What one knows the other does not.
        let stranger = try sites[1].newPhone("alice").ask("MESSAGE", "sip:carol@voice.test")
        try await sites[1].until("nobody is there") { stranger.status == 404 }
        for (site, call) in zip(sites, calls) {
            call.hangUp()
            try await site.until("hung up") { call.hangUpStatus == 200 }
        }
        try await sites[0].end()
        // The loops are the host's, and the other goes on.
        let late = try sites[1].newPhone("carol").ask("MESSAGE", "sip:bob@voice.test")
        try await sites[1].until("it arrives") { late.status == 200 }
        try await sites[1].end()
    }

    /// Alice talks with Bob.
    private func talk(_ stage: some Stage) async throws -> (bob: Phone, call: Call, other: Call) {
        let phones = try await stage.registered("alice", "bob")
        phones[1].habit = .answers(after: .milliseconds(20))
        let call = phones[0].call(phones[1])
        try await stage.until("answered") {
            call.state == .answered && phones[1].incoming?.isAcknowledged == true
        }
        return (phones[1], call, try #require(phones[1].incoming))
    }
}
