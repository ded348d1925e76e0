import SIPAuth
package import SIPProxy

/// What holds for ``ProxyCore`` whatever it is told, and in whichever order.
///
/// Bytes are read as a program: requests, responses, copies, CANCELs, forged dialogs, damage to any of them, time that passes,
/// look-ups, routes that are slow. While it runs nothing traps, each input has few outputs, and nothing is sent that is not allowed
/// (``Witness``); when it is over and all time has passed, nothing is left. The fuzz target looks for programs for which
/// that is not so.
package enum CoreInvariant {
    /// - Throws: ``Breach`` when it does not hold.
    /// - Returns: what came up in the run.
    @discardableResult
    package static func check(
        _ program: [UInt8], router: any Router = Self.router
    ) throws -> Tally {
        let world = try CoreWorld(program, router: router)
        try world.run()
        return world.tally
    }

    /// The house's own route, with one account.
    package static var router: any Router {
        let alice = Subscriber(
            username: "alice", domain: "voice.test", secret: .password(Party.password))
        var limits = HomeRouter<FixedSubscribers, KnownContacts>.Limits()
        limits.followsRedirects = true
        return HomeRouter(
            limits: limits, subscribers: FixedSubscribers([alice]), location: KnownContacts())
    }
}

/// What does not hold.
package struct Breach: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// What came up in a run: a program that does nothing breaks no rule either.
package struct Tally {
    package var requests = 0
    package var responses = 0
    /// Requests that went to somebody whom the location service knows.
    package var relayedHome = 0
    /// Requests that went anywhere else, each with its proof.
    package var relayedAway: [Proof: Int] = [:]
    package var challenges = 0
    package var refusals = 0

    /// What opens the way out.
    package enum Proof: Hashable, CaseIterable, Sendable {
        case peer, credentials, signature
    }

    package static func + (left: Tally, right: Tally) -> Tally {
        var sum = left
        sum.requests += right.requests
        sum.responses += right.responses
        sum.relayedHome += right.relayedHome
        sum.relayedAway.merge(right.relayedAway, uniquingKeysWith: +)
        sum.challenges += right.challenges
        sum.refusals += right.refusals
        return sum
    }

    package init() {}
}
