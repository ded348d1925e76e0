import SIPTesting
import Testing

/// Where a scenario takes place. It has the house's own route, and accounts for alice, bob, carol and dave.
protocol Stage {
    /// A phone of a user, which is not registered; the same user may have several.
    func newPhone(_ user: String) throws -> Phone
    /// A host that a test plays by hand, and to which a user's calls go; the same user may have several.
    func newCallee(_ user: String) async throws -> BareHost
    /// A host that the proxy trusts.
    func peer() async throws -> BareHost
    /// Lets time pass until something is so; never is an error.
    func until(_ what: Comment, _ isSo: () -> Bool) async throws
    /// Lets a moment pass in which something would happen that must not.
    func linger() async
    /// Lets so much time pass; where the timers run faster, as much less.
    func pass(_ duration: Duration) async
    /// Lets the proxy come to the end of what it was told so far.
    func rest() async throws
    /// The transactions that live.
    var transactions: Int { get }
    var recorder: Recorder { get }
    /// Ends it, and checks that nothing is left.
    func end() async throws
}

/// The stages there are.
enum StageKind: CaseIterable, Sendable {
    /// The virtual network, with its clock.
    case virtual
    /// A ``Proxy`` and UDP sockets on the loopback interface, by the wall clock.
    case sockets

    func open() async throws -> any Stage {
        switch self {
        case .virtual: try VirtualSite()
        case .sockets: try await SocketSite()
        }
    }
}

extension Stage {
    /// Phones that are registered.
    func registered(_ users: String...) async throws -> [Phone] {
        let phones = try users.map { try newPhone($0) }
        let answers = phones.map { $0.register() }
        try await until("registered") { answers.allSatisfy { $0.status == 200 } }
        return phones
    }
}

extension VirtualSite: Stage {
    func newPhone(_ user: String) throws -> Phone { phone(user) }

    func until(_ what: Comment, _ isSo: () -> Bool) async throws {
        for _ in 0..<1_000 where !isSo() { await run(for: .milliseconds(10)) }
        try #require(isSo(), what)
    }

    func linger() async { await run(for: .milliseconds(300)) }

    func newCallee(_ user: String) async throws -> BareHost {
        try await callee(user, 0xC633_64C8 + UInt32(contacts(of: user).count))
    }

    func pass(_ duration: Duration) async { await run(for: duration) }

    func rest() async throws { await run(for: .milliseconds(20)) }

    var transactions: Int { proxy.sessionCount }

    func end() async throws { await settle() }
}
