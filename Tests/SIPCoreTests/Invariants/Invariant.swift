import SIPCore

/// What holds for any bytes at all. The fuzz targets look for bytes for which it does not, and those that they found are
/// tested here for ever.
package enum Invariant: String, CaseIterable, Sendable {
    case message, framer, uri, digest

    /// - Throws: ``Violation`` when it does not hold.
    package func check(_ bytes: [UInt8]) throws(Violation) {
        switch self {
        case .message: try checkMessage(bytes)
        case .framer: try checkFramer(bytes)
        case .uri: try checkURIs(bytes)
        case .digest: try checkDigest(bytes)
        }
    }
}

/// What does not hold.
package struct Violation: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

func expect(
    _ holds: Bool, _ what: @autoclosure () -> String
) throws(Violation) {
    if !holds { throw Violation(what()) }
}

/// A value that was read: its text must be read again as the same.
func expectAgain<Value>(
    _ what: String, _ read: () throws(ParseError) -> Value
) throws(Violation) -> Value {
    do {
        return try read()
    } catch {
        throw Violation("\(what) is not read a second time: \(error)")
    }
}
