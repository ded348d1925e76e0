/// What a database could not do, in words for the operator; never with a credential in them.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What to do about it.
    public enum Kind: Hashable, Sendable {
        /// It does not answer, is locked by another, or went away: later it may work. 503 to the phone.
        case unavailable
        /// It can't take any more writes, for a reason only the operator can remove: disk full, read-only.
        case notWritable
        /// What is there is not such a database, is damaged, or has a schema that we do not know.
        case unusable
        /// It refuses this one change, and only this one: too wide a value, a name that is there already.
        case refused
        /// Too many already wait for it.
        case overloaded
    }

    public let kind: Kind
    /// One line: what was tried, on what, and what went wrong.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
