/// Names a connection as long as it lives, and no other one afterwards: the event loop that has it,
/// its place there, and how many connections had the place before.
///
/// A value: the core keeps it beside a request, so that the response goes back over the connection
/// that the request came on (RFC 3261 18.2.2), and never over another one that has the same address
/// later.
package struct Flow: Hashable, Sendable {
    /// Loop 12 bits, place 22, generation 30.
    private let word: UInt64

    /// Stands for whatever connection leads to the destination: none is opened.
    package static let existing = Flow(
        loop: maximumLoops - 1, place: maximumPlaces - 1, generation: 0)

    /// So many loops can be told apart.
    static let maximumLoops = 1 << 12
    /// So many connections a loop.
    static let maximumPlaces = 1 << 22

    init(loop: Int, place: Int, generation: UInt32) {
        word =
            UInt64(truncatingIfNeeded: loop & (Self.maximumLoops - 1)) << 52
            | UInt64(truncatingIfNeeded: place & (Self.maximumPlaces - 1)) << 30
            | UInt64(generation & 0x3FFF_FFFF)
    }

    /// The number of the loop.
    var loop: Int { Int(truncatingIfNeeded: word >> 52) }
    var place: Int { Int(truncatingIfNeeded: word >> 30) & (Self.maximumPlaces - 1) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: word) & 0x3FFF_FFFF }
}
