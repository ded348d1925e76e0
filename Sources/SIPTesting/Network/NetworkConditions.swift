/// How well a ``VirtualNetwork`` works: what happens to datagrams by chance, which the network's seed decides.
public struct NetworkConditions: Hashable, Sendable {
    /// How long a datagram takes. With a range, each one takes its own time, and later ones overtake earlier ones.
    public var latency: ClosedRange<Duration> = .milliseconds(5) ... .milliseconds(5)
    /// The part of all datagrams that gets lost, 0 to 1.
    public var loss = 0.0
    /// The part that arrives twice, 0 to 1.
    public var duplication = 0.0
    /// The part that is held up for ``holdUp``, 0 to 1, so that what was sent after it arrives before it.
    public var reordering = 0.0
    /// How much longer a reordered datagram takes.
    public var holdUp = Duration.milliseconds(100)

    /// A network that loses nothing, and takes 5 ms for each datagram.
    public init() {}

    /// A network on which `part` of all datagrams gets lost, another `part` arrives twice, and another out of order.
    public static func bad(_ part: Double) -> NetworkConditions {
        var conditions = NetworkConditions()
        conditions.loss = part
        conditions.duplication = part
        conditions.reordering = part
        return conditions
    }
}
