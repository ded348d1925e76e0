public import SIPCore

/// What can happen to a server transaction.
public enum ServerTransactionEvent: Hashable, Sendable {
    /// The request came once more.
    case request
    /// An ACK that matches the INVITE came.
    case ack
    /// The transaction user wants a response with this status sent.
    case send(SIPStatus)
    /// A timer that the transaction armed has fired.
    case timer(TransactionTimer)
    /// The transport could not deliver a response, nor could a backup (RFC 3261 17.2.4).
    case transportError
}

/// What can happen to a client transaction.
public enum ClientTransactionEvent: Hashable, Sendable {
    /// The transaction user wants the request sent: the first event.
    case send
    /// A response with this status came.
    case response(SIPStatus)
    /// A timer that the transaction armed has fired.
    case timer(TransactionTimer)
    /// The transport could not deliver the request or the ACK (RFC 3261 17.1.4).
    case transportError
}
