public import SIPCore

/// A word that belongs to an account: a group that it is in (table `grp`), or a user part that it may use in To and From (table
/// `uri`).
public struct AccountWord: Hashable, Sendable {
    public var username: ByteSlice
    /// Empty: the account of that name in every domain.
    public var domain: ByteSlice
    /// The group, or the user part.
    public var word: ByteSlice

    public init(username: ByteSlice, domain: ByteSlice, word: ByteSlice) {
        self.username = username
        self.domain = domain
        self.word = word
    }
}
