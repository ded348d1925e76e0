/// What the four machines of RFC 3261 17 have in common: an event comes, effects go out.
package protocol TransactionMachine: Hashable, Sendable {
    associatedtype Event: TransactionEvent
    associatedtype State: TransactionState

    var state: State { get }

    /// A transaction before its first event.
    init(isReliable: Bool)

    /// Moves on by an event; what does not belong into the state is absorbed.
    mutating func receive(_ event: Event, timers: TimerValues) -> Effects
}

/// What can happen to a transaction of either side.
package protocol TransactionEvent: Hashable, Sendable {
    /// A timer that the transaction armed has fired.
    static func timer(_ timer: TransactionTimer) -> Self
}

/// The states of a machine, the last of which all have.
package protocol TransactionState: Hashable, Sendable {
    static var terminated: Self { get }
}

extension ServerTransactionEvent: TransactionEvent {}
extension ClientTransactionEvent: TransactionEvent {}

extension InviteServerTransaction: TransactionMachine {}
extension InviteServerTransaction.State: TransactionState {}
extension NonInviteServerTransaction: TransactionMachine {}
extension NonInviteServerTransaction.State: TransactionState {}
extension InviteClientTransaction: TransactionMachine {}
extension InviteClientTransaction.State: TransactionState {}
extension NonInviteClientTransaction: TransactionMachine {}
extension NonInviteClientTransaction.State: TransactionState {}
