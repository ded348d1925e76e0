public import SIPCore

/// A store that can tell which accounts have changed: what is kept of it in memory stays right without a question for
/// each account.
public protocol ChangeReportingSubscribers: Subscribers {
    /// What has changed since an earlier answer.
    ///
    /// - Parameter revision: of that answer; nil when there was none.
    /// - Returns: nil when the store doesn't want to look now: then what is kept grows older.
    /// - Throws: when the store can't answer.
    func changes(since revision: Int64?) async throws -> AccountChanges?

    /// Hands out accounts page by page, in no order.
    ///
    /// - Parameters:
    ///   - limit: how many at the most.
    ///   - page: is called on any thread, one call after the other.
    /// - Throws: when the store can't answer; the pages that were handed out are right.
    func load(limit: Int, _ page: @escaping @Sendable ([Subscriber]) -> Void) async throws
}

/// Which accounts of a store have changed.
public struct AccountChanges: Sendable {
    /// The store's state that this leads to; for the next question.
    public let revision: Int64
    /// The accounts that were added, changed or removed, by name and domain; nil when the store can't tell which, so
    /// that any may have.
    public let names: [(username: ByteSlice, domain: ByteSlice)]?

    public init(revision: Int64, names: [(username: ByteSlice, domain: ByteSlice)]?) {
        self.revision = revision
        self.names = names
    }
}
