import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy

/// A whole call through the core, from bytes to bytes: from a peer that is trusted 13 messages; from a caller who authenticates 16, with
/// the first three of these.
///
///     caller                proxy                callee
///       │──INVITE──────────────▶│                     │
///       │◀──────────────────407─│                     │
///       │──ACK─────────────────▶│                     │
///       │──INVITE──────────────▶│                     │
///       │◀──────────────────100─│──INVITE────────────▶│
///       │◀──────────────────180─│◀────────────────180─│
///       │◀──────────────────200─│◀────────────────200─│
///       │──ACK─────────────────▶│──ACK───────────────▶│
///       │──BYE─────────────────▶│──BYE───────────────▶│
///       │◀──────────────────200─│◀────────────────200─│
///
/// A stage is one message of each of the calls, so that no call has the caches for itself.
struct CallBenchmark: Benchmark {
    var stages: Int { order.count }

    private enum Stage: CaseIterable {
        case invite, ackOfChallenge, authenticatedInvite, ringing, ok, ack, bye, okOfBye

        static let ofTrusted = allCases.filter {
            $0 != .ackOfChallenge && $0 != .authenticatedInvite
        }
    }

    private let order: [Stage]
    private let isTrusted: Bool
    private let proxy: CoreUnderTest
    private var calls: [Call] = []
    private var messages: [Arriving] = []
    private var stage: Stage?

    init(isTrusted: Bool) async throws {
        self.isTrusted = isTrusted
        order = isTrusted ? Stage.ofTrusted : Stage.allCases
        proxy = try await CoreUnderTest.home(trustsPhones: isTrusted)
    }

    mutating func prepare(_ stage: Int, pass: Int) throws {
        try take()
        let now = order[stage]
        if now == .invite {
            calls = (0..<Inputs.count).map { Call($0, pass: pass) }
            // After 40 s all timers of the calls before have fired, or do so now.
            proxy.now = Instant(nanoseconds: Int64(pass + 1) * 40_000_000_000)
        }
        self.stage = now
        messages = try calls.indices.map { try message(now, calls[$0]) }
        proxy.sent.removeAll(keepingCapacity: true)
        proxy.sent.reserveCapacity(4 * Inputs.count)
    }

    mutating func run(_ stage: Int) async throws {
        for index in messages.indices {
            try await proxy.receive(messages[index].bytes, from: messages[index].source)
        }
    }

    private func message(_ stage: Stage, _ call: Call) throws -> Arriving {
        let caller = call.caller.endpoint
        let callee = call.callee.endpoint
        return switch stage {
        case .invite: Arriving(bytes: call.invite(), source: caller)
        case .ackOfChallenge: Arriving(bytes: try call.ackOfChallenge(), source: caller)
        case .authenticatedInvite:
            Arriving(bytes: try call.authenticatedInvite(), source: caller)
        case .ringing: Arriving(bytes: try call.response("180 Ringing"), source: callee)
        case .ok: Arriving(bytes: try call.response("200 OK"), source: callee)
        case .ack: Arriving(bytes: try call.ack(), source: caller)
        case .bye: Arriving(bytes: try call.bye(), source: caller)
        case .okOfBye: Arriving(bytes: try call.response("200 OK"), source: callee)
        }
    }

    /// Hands what the proxy sent in the last stage to the phones.
    private mutating func take() throws {
        guard let stage else { return }
        let isForwardedInvite = stage == (isTrusted ? .invite : .authenticatedInvite)
        // The INVITE that is let through makes two: the 100, and the copy.
        let perCall = stage == .ackOfChallenge ? 0 : isForwardedInvite ? 2 : 1
        guard proxy.sent.count == perCall * calls.count else {
            throw Unexpected("\(proxy.sent.count) messages after \(stage)")
        }
        for index in calls.indices where perCall > 0 {
            let bytes = proxy.sent[index * perCall + perCall - 1]
            if isForwardedInvite || stage == .ack || stage == .bye {
                calls[index].atCallee = bytes
            } else {
                calls[index].atCaller = bytes
            }
        }
        if stage == .ok {
            for index in calls.indices { calls[index].accepted = calls[index].atCaller }
        }
        if stage == .okOfBye {
            for call in calls { try call.expectOK() }
        }
    }
}

/// A message on its way to the proxy.
struct Arriving {
    let bytes: [UInt8]
    let source: Endpoint
}
