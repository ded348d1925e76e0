public import SIPCore

/// One change to the stored bindings.
public enum BindingChange: Sendable {
    /// The binding with this ruid is, or becomes, this one.
    case put(Binding)
    /// The binding with this ruid is gone; nothing when it was not there.
    case remove(ruid: ByteSlice, of: AddressOfRecord)

    public var ruid: ByteSlice {
        switch self {
        case .put(let binding): binding.ruid
        case .remove(let ruid, _): ruid
        }
    }
}

/// Where bindings outlive the process.
public protocol BindingStore: Sendable {
    /// Hands over everything that is stored, a page at a time, so that nothing is held twice.
    ///
    /// - Parameter receive: takes the next page; called one page after the other.
    /// - Throws: ``StoreError``.
    func load(_ receive: @escaping @Sendable ([Binding]) -> Void) async throws

    /// Makes all the changes in one commit, in their order: all are durable when this returns, none when it throws.
    ///
    /// Several REGISTERs wait for one commit, so it goes on even when the task that asked is cancelled.
    /// - Throws: ``StoreError``; of kind ``StoreError/Kind/refused`` when it is about one of the changes.
    func apply(_ changes: [BindingChange]) async throws

    /// Removes what has expired at `now`; permanent contacts stay.
    ///
    /// - Returns: how many were removed.
    /// - Throws: ``StoreError``.
    func expire(at now: UnixTime) async throws -> Int
}
