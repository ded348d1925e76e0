public import SIPCore

/// Where accounts are looked up: a table of a database, a file, a dictionary.
public protocol Subscribers: Sendable {
    /// The account of that name, or nil when there is none.
    ///
    /// - Parameters:
    ///   - username: the user part, as the phone sent it; the answer's name must be the same bytes to be accepted.
    ///   - domain: the domain behind the `@` when the phone sent one, else the realm; compared without case. A store
    ///     that keeps one domain may ignore it.
    ///   - freshness: whether an answer from memory will do.
    /// - Throws: when the store can't answer: the request is then neither accepted nor challenged.
    func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness) async throws
        -> Subscriber?

    /// Whether a `.cached` answer can be older than a `.fresh` one; only then is a digest that fails checked again.
    var mayBeStale: Bool { get }
}

extension Subscribers {
    /// False: every answer is fresh.
    public var mayBeStale: Bool { false }
}

/// How new an account store's answer must be.
public enum Freshness: Hashable, Sendable {
    /// An answer kept in memory will do.
    case cached
    /// The store itself must be asked.
    case fresh
}

/// A fixed set of accounts, for tests and small programs.
public struct FixedSubscribers: Subscribers {
    private var accounts: [AccountName: Subscriber] = [:]

    public init(_ subscribers: some Sequence<Subscriber> = []) {
        for subscriber in subscribers {
            let name = AccountName(ByteSlice(subscriber.username), ByteSlice(subscriber.domain))
            accounts[name] = subscriber
        }
    }

    /// The account of that name; one whose own domain is empty is found in any domain.
    public func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness) async
        -> Subscriber?
    {
        accounts[AccountName(username, domain)] ?? accounts[AccountName(username, "")]
    }
}
