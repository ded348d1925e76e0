/// One account as the account store knows it.
public struct Subscriber: Sendable {
    /// The account's name, the user part of its address; compared byte for byte with what a phone sends.
    public var username: String
    /// The domain the account belongs to; empty when the store does not tell domains apart.
    public var domain: String
    /// What the account's digests are checked with.
    public var secret: Secret

    public init(username: String, domain: String, secret: Secret) {
        self.username = username
        self.domain = domain
        self.secret = secret
    }
}

extension Subscriber: CustomStringConvertible, CustomDebugStringConvertible {
    /// The account's address, without its secret.
    public var description: String { "\(username)@\(domain)" }
    public var debugDescription: String { description }
}
