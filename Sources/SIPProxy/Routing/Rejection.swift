public import SIPCore

/// An error that a route throws and that becomes the response.
///
/// ```swift
/// guard !contacts.isEmpty else { throw Rejection(.notFound) }
/// ```
public struct Rejection: Error, Sendable {
    /// The response's status, 300 to 699.
    public let status: SIPStatus
    /// The reason phrase; nil is the status' own.
    public let reason: String?
    package var headers: [HeaderText] = []
    /// RFC 3261 26.3.2.4: a challenge is sent once, without a transaction, so strangers cost no memory.
    package var isStateless = false

    /// - Parameters:
    ///   - status: the status of the response; a provisional or successful one is answered as 500.
    ///   - reason: another reason phrase; CR, LF and NUL in it become blanks.
    public init(_ status: SIPStatus, _ reason: String? = nil) {
        self.status = status.code >= 300 ? status : .serverInternalError
        self.reason = reason
    }

    /// The rejection with one more header in its response.
    ///
    /// - Throws: ``HeaderError`` when name or value can't stand in a header.
    public func with(_ name: HeaderName, _ value: String) throws(HeaderError) -> Rejection {
        var copy = self
        copy.headers.append(try HeaderText(name, value))
        return copy
    }

    package func with(_ header: KnownHeader, bytes: [UInt8]) -> Rejection {
        var copy = self
        copy.headers.append(HeaderText(HeaderName(header), bytes))
        return copy
    }
}

/// A header that a program wants to set and that can't be one.
public enum HeaderError: Error, Hashable, Sendable {
    /// The name is not a `token` (RFC 3261 25.1).
    case badName(String)
    /// CR, LF or NUL in a value would let whoever gave it write headers of his own.
    case controlCharacter(HeaderName)
    /// A header that finds a message its way, and that the proxy alone writes: Via, From, To, Call-ID, CSeq, Route, Record-Route,
    /// Max-Forwards, Max-Breadth, Content-Length.
    case reserved(HeaderName)
}

extension KnownHeader {
    /// Whether a route may neither add nor remove it.
    var isReserved: Bool {
        switch self {
        case .via, .from, .to, .callID, .cseq, .route, .recordRoute, .maxForwards, .maxBreadth,
            .contentLength:
            true
        default: false
        }
    }
}

/// A header line that a route adds: a name that is a token, a value without line ends.
package struct HeaderText: Sendable {
    package let name: HeaderName
    package let value: [UInt8]

    package init(_ name: HeaderName, _ value: String) throws(HeaderError) {
        let bytes = Array(value.utf8)
        for byte in bytes where byte == 0x0D || byte == 0x0A || byte == 0 {
            throw .controlCharacter(name)
        }
        let spelling = name.name.utf8
        guard !spelling.isEmpty, spelling.allSatisfy({ $0.isIn(.token) }) else {
            throw .badName(name.name)
        }
        guard !name.known.isReserved else { throw .reserved(name) }
        self.init(name, bytes)
    }

    package init(_ name: HeaderName, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    package func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.name.utf8)
        bytes.append(": ")
        bytes.append(contentsOf: value)
    }
}
