import SIPProxy
import SIPTesting
import Testing

@Suite("the virtual network") struct NetworkTests {
    /// Keeps what comes, in its order.
    final class Listener: NetworkHost {
        var heard: [UInt8] = []

        func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) {
            heard += bytes
        }
    }

    private static let here = Endpoint(.udp, .v4(1), port: 1)
    private static let there = Endpoint(.udp, .v4(2), port: 2)

    /// What arrives of a hundred datagrams that are sent a millisecond after each other.
    private func hundred(
        seed: UInt64 = 1, _ change: (VirtualNetwork) -> Void = { _ in }
    ) async -> [UInt8] {
        let network = VirtualNetwork(seed: seed)
        let listener = Listener()
        network.attach(listener, at: Self.there)
        change(network)
        for number in 0..<100 {
            network.send([UInt8(number)], from: Self.here, to: Self.there)
            await network.clock.run(for: .milliseconds(1))
        }
        await network.clock.runToTheEnd()
        return listener.heard
    }

    @Test("delivers all, in order") func good() async {
        #expect(await hundred() == Array(0..<100))
    }

    @Test("loses a part") func loss() async {
        let heard = await hundred { $0.conditions.loss = 0.3 }
        #expect((50..<90).contains(heard.count))
        #expect(heard == heard.sorted())
    }

    @Test("doubles a part") func duplication() async {
        let heard = await hundred { $0.conditions.duplication = 0.3 }
        #expect((110..<150).contains(heard.count))
        #expect(Set(heard).count == 100)
    }

    @Test("reorders a part, and loses nothing") func reordering() async {
        let heard = await hundred { $0.conditions.reordering = 0.1 }
        #expect(heard != heard.sorted())
        #expect(heard.sorted() == Array(0..<100))
    }

    @Test("takes the time that it takes") func latency() async {
        let network = VirtualNetwork()
        let listener = Listener()
        network.attach(listener, at: Self.there)
        network.conditions.latency = .milliseconds(30) ... .milliseconds(30)
        network.send([7], from: Self.here, to: Self.there)
        await network.clock.run(for: .milliseconds(29))
        #expect(listener.heard.isEmpty)
        await network.clock.run(for: .milliseconds(1))
        #expect(listener.heard == [7])
    }

    @Test("does the same for the same seed, and something else for another") func seeds() async {
        let bad: (VirtualNetwork) -> Void = { $0.conditions = .bad(0.2) }
        let first = await hundred(seed: 5, bad)
        #expect(await hundred(seed: 5, bad) == first)
        #expect(await hundred(seed: 6, bad) != first)
    }

    @Test("that is partitioned carries nothing across, until it is healed") func partition() async {
        let network = VirtualNetwork()
        let (inside, outside) = (Listener(), Listener())
        let neighbour = Endpoint(.udp, .v4(3), port: 3)
        network.attach(inside, at: Self.there)
        network.attach(outside, at: Self.here)
        network.partition([Self.there, neighbour])
        network.send([1], from: Self.here, to: Self.there)
        network.send([2], from: Self.there, to: Self.here)
        network.send([3], from: neighbour, to: Self.there)
        await network.clock.runToTheEnd()
        #expect(inside.heard == [3])
        #expect(outside.heard.isEmpty)
        network.heal()
        network.send([4], from: Self.here, to: Self.there)
        await network.clock.runToTheEnd()
        #expect(inside.heard == [3, 4])
    }

    @Test("a phone that is cut off is out of reach, and is back when the network is healed")
    func cutOffPhone() async throws {
        let office = try await Office.open()
        office.site.network.partition([office.bob.endpoint])
        let call = office.alice.call(office.bob)
        await office.site.run(for: .seconds(40))
        #expect(call.finalStatus == 408)
        office.site.network.heal()
        let (second, _) = try await office.talk()
        #expect(await office.isOverAfterHangUp(second))
    }

    @Test("tells who sends to nobody, when it is told to") func refusing() {
        let network = VirtualNetwork()
        network.refusing = [Self.there]
        #expect(!network.send([1], from: Self.here, to: Self.there))
        #expect(network.recorder.transmissions.map(\.fate) == [.refused])
    }
}

@Suite("the virtual clock") struct ClockTests {
    @Test("does what is planned at its moment, in the order of planning") func order() async {
        let clock = VirtualClock()
        var done: [String] = []
        clock.after(.seconds(2)) { done.append("later \(clock.now.nanoseconds)") }
        clock.after(.seconds(1)) { done.append("first") }
        clock.after(.seconds(1)) { done.append("second") }
        clock.after(.seconds(1)) { done.append("never") }.cancel()
        await clock.run(for: .seconds(1))
        #expect(done == ["first", "second"])
        await clock.runToTheEnd()
        #expect(done.last == "later 2000000000")
    }

    @Test("knows when somebody always has another plan") func endless() async {
        let clock = VirtualClock()
        func again() { clock.after(.seconds(60)) { again() } }
        again()
        #expect(await clock.runToTheEnd() == false)
    }
}
