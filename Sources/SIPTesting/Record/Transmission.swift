public import SIPCore

/// A datagram that was sent, and what became of it.
public struct Transmission: Sendable {
    /// What the network does with a datagram.
    public enum Fate: Hashable, Sendable {
        /// It arrives once.
        case delivered
        /// It never arrives: by chance, or because the network is partitioned there.
        case lost
        /// It arrives twice.
        case duplicated
        /// Nobody listens at its destination, and the sender was told so.
        case refused
    }

    /// The message as it was sent.
    public let bytes: [UInt8]
    /// Who sent it.
    public let source: Endpoint
    /// Whom it was sent to.
    public let destination: Endpoint
    /// When it was sent.
    public let moment: Instant
    /// What became of it.
    public internal(set) var fate = Fate.delivered
}
