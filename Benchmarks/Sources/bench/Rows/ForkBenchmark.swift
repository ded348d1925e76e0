import SIPCore
import SIPProxy

/// A call that rings on several phones at once, one of which answers; the others are cancelled.
///
///     caller                proxy                each phone
///       │──INVITE──────────────▶│                     │
///       │◀──────────────────100─│──INVITE────────────▶│
///       │◀──────────────────180─│◀────────────────180─│
///       │◀──────────────────200─│◀────────────────200─│ the first
///       │                       │──CANCEL────────────▶│ the others
///       │                       │◀────────200, 487, ──│
///       │                       │──ACK───────────────▶│
///
/// An operation is the whole of it; rows of different widths say what a branch costs.
struct ForkBenchmark: Benchmark {
    var stages: Int { Stage.allCases.count }

    private enum Stage: Int, CaseIterable {
        case invite, ringing, ok, okOfCancel, terminated
    }

    private let width: Int
    private let proxy: CoreUnderTest
    private var calls: [Call] = []
    private var messages: [Arriving] = []
    /// What the phones of each call got last: INVITE, or CANCEL.
    private var requests: [[[UInt8]]] = []
    private var invites: [[[UInt8]]] = []
    private var stage: Stage?

    /// - Parameter width: how many phones ring.
    init(width: Int) throws {
        self.width = width
        let phones = (0..<width).map(Self.phone)
        let targets = try phones.map { phone in
            Target(uri: try URI(ByteSlice("sip:\(phone.user)@\(phone.host):\(phone.port)")))
        }
        proxy = try CoreUnderTest(
            router: ClosureRouter { request in
                try request.limitHops(to: 70)
                return .relay(to: Contacts(targets))
            })
    }

    private static func phone(_ index: Int) -> Phone { Phone(2 * Inputs.count + index) }

    mutating func prepare(_ stage: Int, pass: Int) throws {
        try take()
        let now = Stage.allCases[stage]
        if now == .invite {
            calls = (0..<Inputs.count).map { Call($0, pass: pass) }
            // After 40 s all timers of the calls before have fired, or do so now.
            proxy.now = Instant(nanoseconds: Int64(pass + 1) * 40_000_000_000)
        }
        self.stage = now
        messages = try calls.indices.flatMap { try self.messages(now, $0) }
        proxy.sent.removeAll(keepingCapacity: true)
        proxy.sent.reserveCapacity((width + 1) * Inputs.count)
    }

    mutating func run(_ stage: Int) async throws {
        for index in messages.indices {
            try await proxy.receive(messages[index].bytes, from: messages[index].source)
        }
    }

    private func messages(_ stage: Stage, _ index: Int) throws -> [Arriving] {
        func all(_ status: String, to requests: [[UInt8]], from first: Int) throws -> [Arriving] {
            try requests.enumerated().map { place, request in
                var call = calls[index]
                call.atCallee = request
                return Arriving(
                    bytes: try call.response(status),
                    source: Self.phone(first + place).endpoint)
            }
        }
        return switch stage {
        case .invite:
            [Arriving(bytes: calls[index].invite(), source: calls[index].caller.endpoint)]
        case .ringing: try all("180 Ringing", to: invites[index], from: 0)
        case .ok: try all("200 OK", to: Array(invites[index].prefix(1)), from: 0)
        case .okOfCancel: try all("200 OK", to: requests[index], from: 1)
        case .terminated:
            try all("487 Request Terminated", to: Array(invites[index].dropFirst()), from: 1)
        }
    }

    /// Hands what the proxy sent in the last stage to the phones.
    private mutating func take() throws {
        let others = width - 1
        let perCall =
            switch stage {
            case .invite: 1 + width
            case .ringing: width
            case .ok: 1 + others
            case .terminated: others
            case .okOfCancel, nil: 0
            }
        guard proxy.sent.count == perCall * calls.count else {
            throw Unexpected("\(proxy.sent.count) messages of \(width) phones")
        }
        // The caller's stands first.
        guard stage == .invite || stage == .ok else { return }
        requests = calls.indices.map {
            Array(proxy.sent[$0 * perCall..<($0 + 1) * perCall].dropFirst())
        }
        if stage == .invite { invites = requests }
    }
}
