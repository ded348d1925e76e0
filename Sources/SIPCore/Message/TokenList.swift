/// The tokens of Require, Proxy-Require, Supported, Unsupported or Allow, over all lines of the
/// header field.
public struct TokenList: Sendable {
    private let elements: HeaderElements

    init(_ elements: HeaderElements) { self.elements = elements }

    /// Whether an option tag is there, compared without case (RFC 3261 7.3.1).
    public func contains(_ token: StaticString) -> Bool {
        contains { $0.equalsIgnoringCase(token) }
    }

    /// Whether a method is there; methods are compared with case (RFC 3261 7.1).
    public func contains(_ method: SIPMethod) -> Bool {
        contains { SIPMethod($0) == method }
    }

    public var isEmpty: Bool {
        for _ in self { return false }
        return true
    }
}

extension TokenList: Sequence {
    public func makeIterator() -> Iterator { Iterator(elements: elements) }

    public struct Iterator: IteratorProtocol, Sendable {
        var elements: HeaderElements

        /// Empty elements are passed over: an empty Supported is legal, and two commas do no harm
        /// here.
        public mutating func next() -> ByteSlice? {
            while let element = elements.next() {
                if !element.isEmpty { return element }
            }
            return nil
        }
    }
}
