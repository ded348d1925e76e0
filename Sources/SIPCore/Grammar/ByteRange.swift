/// A range of offsets in a message's buffer, half as wide as `Range<Int>`: header values keep many of them.
package struct ByteRange: Hashable, Sendable {
    package var lowerBound: UInt32
    package var upperBound: UInt32

    package static let empty = ByteRange(0, 0)

    package init(_ lowerBound: Int, _ upperBound: Int) {
        self.lowerBound = UInt32(truncatingIfNeeded: lowerBound)
        self.upperBound = UInt32(truncatingIfNeeded: upperBound)
    }

    package var lower: Int { Int(lowerBound) }
    package var upper: Int { Int(upperBound) }
    package var count: Int { upper - lower }
    package var isEmpty: Bool { lowerBound == upperBound }
}
