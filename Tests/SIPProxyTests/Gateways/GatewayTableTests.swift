import SIPCore
import SIPProxy
import Testing

@Suite("a table of gateways") struct GatewayTableTests {
    @Test("draws among equal ones by weight, and asks those of a higher priority number later")
    func weights() throws {
        let group = try group("a*6 b*3 c*1 d*0 e*5/1")
        let table = GatewayTable([group])
        var first: [String: Int] = [:]
        var second: [String: Int] = [:]
        let draws = 20_000
        for seed in 0..<draws {
            let order = names(table.order("pstn", random: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15))
            #expect(order.suffix(2) == ["d", "e"])
            first[order[0], default: 0] += 1
            if order[0] == "a" { second[order[1], default: 0] += 1 }
        }
        // Five standard deviations of a binomial distribution: sqrt(20000 * 0.6 * 0.4) * 5 = 346.
        #expect(abs(first["a", default: 0] - 12_000) < 350)
        #expect(abs(first["b", default: 0] - 6_000) < 350)
        #expect(abs(first["c", default: 0] - 2_000) < 250)
        // Without a, b has three of four.
        let share = Double(second["b", default: 0]) / Double(first["a", default: 1])
        #expect(abs(share - 0.75) < 0.03)
    }

    @Test("gives the same number the same order, and a gateway that is lost moves no other")
    func stability() throws {
        var table = GatewayTable([try group("a b c d")])
        let before = (0..<200).map { names(table.order("pstn", random: $0)) }
        #expect(before == (0..<200).map { names(table.order("pstn", random: $0)) })
        #expect(Set(before.map { $0[0] }).count == 4)
        #expect(table.set(isEnabled: false, "pstn", "sip:b", at: .zero) == 1)
        let after = (0..<200).map { names(table.order("pstn", random: $0)) }
        #expect(after == before.map { $0.filter { $0 != "b" } })
    }

    @Test("plans the probes of a group over its interval, and one at a time for a gateway")
    func spread() throws {
        var table = GatewayTable([try group("a b c")])
        #expect(table.due(at: .zero).isEmpty)
        var moments: [String: [Int64]] = [:]
        for second in 0..<90 {
            for probe in table.due(at: .zero + .seconds(second)) {
                let name = String(probe.uri.sip?.host.text ?? "")
                moments[name, default: []].append(Int64(second))
                // c does not answer for a long time.
                if name != "c" || second > 70 {
                    table.probed(probe.id, .status(.ok), at: .zero + .seconds(second))
                }
            }
        }
        #expect(moments == ["a": [0, 30, 60], "b": [10, 40, 70], "c": [20]])
    }

    @Test("marks a gateway down after three failed probes in a row, and up after two answered ones")
    func hysteresis() throws {
        var table = GatewayTable([try group("a b")])
        let id = table.order("pstn", random: 0).first { "\($0.gateway.uri)" == "sip:a" }!.id
        func probe(_ answers: [ProbeAnswer?]) -> [GatewayState] {
            answers.map { answer in
                table.probed(id, answer, at: .zero)
                return table.status(at: .zero)[0].state
            }
        }
        #expect(
            probe([.timedOut, .timedOut, .status(.ok), .timedOut])
                == Array(repeating: .up, count: 4))
        // What was not sent shows nothing.
        #expect(probe([nil, .unreachable, .status(.serviceUnavailable)]) == [.up, .up, .down])
        #expect(names(table.order("pstn", random: 0)) == ["b"])
        #expect(
            probe([.status(.ok), .timedOut, .status(.ok), nil]) == Array(repeating: .down, count: 4)
        )
        #expect(probe([.status(.methodNotAllowed)]) == [.up])
        let changes = table.takeChanges()
        #expect(changes.map(\.state) == [.down, .up])
        #expect(changes.map(\.reason) == ["probes are answered 503", "probes are answered"])
        #expect(table.takeChanges().isEmpty)
    }

    @Test(
        "takes any answer for a sign of life but those that a dead gateway gets from its neighbours",
        arguments: [
            (200, true), (302, true), (401, true), (404, true), (405, true), (408, false),
            (500, false), (501, true), (502, false), (503, false), (504, false), (603, true),
        ])
    func alive(code: Int, isAlive: Bool) throws {
        var group = try group("a")
        group.probing?.failures = 1
        var table = GatewayTable([group])
        let id = table.order("pstn", random: 0)[0].id
        table.probed(id, .status(SIPStatus(UInt16(code))), at: .zero)
        #expect(table.status(at: .zero)[0].state == (isAlive ? .up : .down))
    }

    @Test("marks a gateway down that three calls in a row fail at; one that it takes counts anew")
    func calls() throws {
        var group = try group("a")
        group.probing = nil
        var table = GatewayTable([group])
        let id = table.order("pstn", random: 0)[0].id
        func call(_ outcome: GatewayOutcome, at second: Int) -> GatewayState {
            table.called(id, outcome, at: .zero + .seconds(second))
            return table.status(at: .zero)[0].state
        }
        #expect(call(.failed(retryAfter: nil), at: 0) == .up)
        #expect(call(.failed(retryAfter: nil), at: 1) == .up)
        #expect(call(.reached, at: 2) == .up)
        #expect(call(.failed(retryAfter: nil), at: 3) == .up)
        #expect(call(.failed(retryAfter: nil), at: 4) == .up)
        #expect(call(.failed(retryAfter: nil), at: 5) == .down)
        // Nobody probes it: it is up again when the pause is over.
        #expect(table.nextDeadline == .zero + .seconds(65))
        #expect(table.due(at: .zero + .seconds(64)).isEmpty)
        #expect(table.order("pstn", random: 0).isEmpty)
        #expect(table.due(at: .zero + .seconds(65)).isEmpty)
        #expect(names(table.order("pstn", random: 0)) == ["a"])
        #expect(table.nextDeadline == nil)
    }

    @Test("leaves a gateway alone for its Retry-After, an hour at most, whatever probes say")
    func retryAfter() throws {
        var group = try group("a")
        group.callFailures = 1
        group.probing?.successes = 1
        var table = GatewayTable([group])
        let id = table.order("pstn", random: 0)[0].id
        table.called(id, .failed(retryAfter: .seconds(120)), at: .zero)
        table.probed(id, .status(.ok), at: .zero + .seconds(119))
        #expect(table.status(at: .zero)[0].state == .down)
        table.probed(id, .status(.ok), at: .zero + .seconds(120))
        #expect(table.status(at: .zero)[0].state == .up)

        table.called(id, .failed(retryAfter: .seconds(1_000_000)), at: .zero)
        table.probed(id, .status(.ok), at: .zero + .seconds(3600))
        #expect(table.status(at: .zero)[0].state == .up)
    }

    @Test("keeps what it knows of gateways that stay, and forgets those that go")
    func replacement() throws {
        var table = GatewayTable([try group("a b")])
        _ = table.set(isEnabled: false, "pstn", "sip:a", at: .zero)
        let b = table.order("pstn", random: 0)[0].id
        for _ in 0..<3 { table.called(b, .failed(retryAfter: nil), at: .zero) }
        var other = try group("c b*7 a")
        other.isTrusted = true
        table.replace(with: [other, GatewayGroup("fax", [Gateway(try URI("sip:192.0.2.7"))])])
        #expect(
            table.status(at: .zero).map { "\($0.group) \($0.gateway.uri) \($0.state)" } == [
                "pstn sip:c up", "pstn sip:b down", "pstn sip:a disabled", "fax sip:192.0.2.7 up",
            ])
        #expect(table.status(at: .zero)[1].gateway.weight == 7)
        // One that is gone and comes back is another one.
        table.replace(with: [try group("c")])
        table.replace(with: [try group("c b")])
        #expect(table.status(at: .zero).map(\.state) == [.up, .up])
        let id = table.order("pstn", random: 0).first { "\($0.gateway.uri)" == "sip:b" }?.id
        #expect(id != b)
    }

    @Test("does what an operator says: those he disables are neither called nor probed")
    func operators() throws {
        var table = GatewayTable([try group("a b")])
        _ = table.due(at: .zero)
        #expect(table.set(isEnabled: false, "pstn", nil, at: .zero) == 2)
        #expect(table.set(isEnabled: false, "pstn", "sip:x", at: .zero) == 0)
        #expect(table.set(isEnabled: false, "fax", nil, at: .zero) == 0)
        #expect(table.nextDeadline == nil)
        #expect(table.due(at: .zero + .seconds(600)).isEmpty)
        #expect(table.order("pstn", random: 0).isEmpty)
        #expect(table.set(isEnabled: true, "pstn", "sip:a", at: .zero) == 1)
        #expect(names(table.order("pstn", random: 0)) == ["a"])
        #expect(table.probe("pstn", "sip:a", at: .zero + .seconds(700)) == 1)
        #expect(table.due(at: .zero + .seconds(700)).map { "\($0.uri)" } == ["sip:a"])
        #expect(table.takeChanges().map(\.state) == [.disabled, .disabled, .up])
    }

    @Test("trusts the addresses of a group that is trusted, and names never")
    func trust() throws {
        var group = GatewayGroup(
            "pstn",
            [
                Gateway(try URI("sip:192.0.2.7:5070;transport=tcp")),
                Gateway(try URI("sip:gateway.test")),
            ])
        let open = Gateways([group])
        #expect(!open.trusts(.v4(0xC000_0207)))
        group.isTrusted = true
        let gateways = Gateways([group])
        #expect(gateways.trusts(.v4(0xC000_0207)))
        #expect(!gateways.trusts(.v4(0xC000_0208)))
    }

    /// `a*6/1`: sip:a of weight 6 and priority 1.
    private func group(_ text: String) throws -> GatewayGroup {
        GatewayGroup(
            "pstn",
            try text.split(separator: " ").map { word in
                let parts = word.split(separator: "/")
                let named = parts[0].split(separator: "*")
                return Gateway(
                    try URI("sip:\(named[0])"),
                    weight: named.count > 1 ? UInt16(named[1])! : 1,
                    priority: parts.count > 1 ? UInt16(parts[1])! : 0)
            })
    }

    private func names(_ order: [(id: GatewayID, gateway: Gateway)]) -> [String] {
        order.map { String($0.gateway.uri.text.description.dropFirst(4)) }
    }
}
