/// The name of a header field, compared without case; compact forms are the long ones (RFC 3261 7.3.3).
public struct HeaderName: Sendable {
    package let known: KnownHeader
    /// The spelling for the wire.
    public let name: String

    package init(_ known: KnownHeader) {
        self.known = known
        name = known.name
    }

    /// A name by its spelling, long or compact: `HeaderName("X-Asterisk-HangupCause")`, `HeaderName("v")`.
    public init(_ name: String) {
        let bytes = Array(name.utf8)
        known = KnownHeader(bytes.span, 0, bytes.count)
        self.name = known == .other ? name : known.name
    }
}

extension HeaderName: Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral value: String) { self.init(value) }

    public static func == (left: HeaderName, right: HeaderName) -> Bool {
        left.known == right.known
            && (left.known != .other || left.name.lowercased() == right.name.lowercased())
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(known)
        if known == .other { hasher.combine(name.lowercased()) }
    }

    public var description: String { name }
}

/// The header fields that have a number in the index of a message's lines.
package enum KnownHeader: UInt8, CaseIterable, Sendable {
    case other = 0
    case via, from, to, contact, route, recordRoute, path, serviceRoute
    case cseq, callID, maxForwards, expires, minExpires
    case require, proxyRequire, supported, unsupported, allow
    case contentLength, contentType, contentEncoding
    case wwwAuthenticate, proxyAuthenticate, authorization, proxyAuthorization, authenticationInfo
    case retryAfter, date, event, rack, rseq, userAgent, server, subject, allowEvents
    case sessionExpires, referTo, referredBy, warning, accept, timestamp, maxBreadth

    /// The long form, as RFC 3261 section 20 and its successors spell it.
    package var name: String { String(describing: spelling) }

    @inline(__always) package var spelling: StaticString {
        switch self {
        case .other: ""
        case .via: "Via"
        case .from: "From"
        case .to: "To"
        case .contact: "Contact"
        case .route: "Route"
        case .recordRoute: "Record-Route"
        case .path: "Path"
        case .serviceRoute: "Service-Route"
        case .cseq: "CSeq"
        case .callID: "Call-ID"
        case .maxForwards: "Max-Forwards"
        case .expires: "Expires"
        case .minExpires: "Min-Expires"
        case .require: "Require"
        case .proxyRequire: "Proxy-Require"
        case .supported: "Supported"
        case .unsupported: "Unsupported"
        case .allow: "Allow"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .contentEncoding: "Content-Encoding"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .authorization: "Authorization"
        case .proxyAuthorization: "Proxy-Authorization"
        case .authenticationInfo: "Authentication-Info"
        case .retryAfter: "Retry-After"
        case .date: "Date"
        case .event: "Event"
        case .rack: "RAck"
        case .rseq: "RSeq"
        case .userAgent: "User-Agent"
        case .server: "Server"
        case .subject: "Subject"
        case .allowEvents: "Allow-Events"
        case .sessionExpires: "Session-Expires"
        case .referTo: "Refer-To"
        case .referredBy: "Referred-By"
        case .warning: "Warning"
        case .accept: "Accept"
        case .timestamp: "Timestamp"
        case .maxBreadth: "Max-Breadth"
        }
    }

    /// The header of these bytes, by length first: no name costs more than a few comparisons.
    package init(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        // Inlined, so that most comparisons are with constants.
        @inline(__always) func first(
            _ a: KnownHeader, _ b: KnownHeader? = nil, _ c: KnownHeader? = nil,
            _ d: KnownHeader? = nil
        )
            -> KnownHeader
        {
            if bytes.equalsIgnoringCase(at: start, a.spelling) { return a }
            if let b, bytes.equalsIgnoringCase(at: start, b.spelling) { return b }
            if let c, bytes.equalsIgnoringCase(at: start, c.spelling) { return c }
            if let d, bytes.equalsIgnoringCase(at: start, d.spelling) { return d }
            return .other
        }
        switch end - start {
        case 1: self = KnownHeader.compact(bytes[start].lowercased)
        case 2: self = first(.to)
        case 3: self = first(.via)
        case 4:
            switch bytes[start].lowercased {
            case 0x66: self = first(.from)
            case 0x63: self = first(.cseq)
            case 0x72: self = first(.rseq, .rack)
            case 0x64: self = first(.date)
            default: self = first(.path)
            }
        case 5:
            switch bytes[start].lowercased {
            case 0x72: self = first(.route)
            case 0x61: self = first(.allow)
            default: self = first(.event)
            }
        case 6: self = first(.server, .accept)
        case 7:
            switch bytes[start].lowercased {
            case 0x63: self = first(.contact, .callID)
            case 0x72: self = first(.require)
            case 0x65: self = first(.expires)
            case 0x77: self = first(.warning)
            default: self = first(.subject)
            }
        case 8: self = first(.referTo)
        case 9: self = first(.supported, .timestamp)
        case 10: self = first(.userAgent)
        case 11:
            switch bytes[start].lowercased {
            case 0x6D: self = first(.minExpires, .maxBreadth)
            case 0x72: self = first(.retryAfter, .referredBy)
            default: self = first(.unsupported)
            }
        case 12:
            switch bytes[start].lowercased {
            case 0x63: self = first(.contentType)
            case 0x6D: self = first(.maxForwards)
            case 0x61: self = first(.allowEvents)
            default: self = first(.recordRoute)
            }
        case 13: self = first(.authorization, .proxyRequire, .serviceRoute)
        case 14: self = first(.contentLength)
        case 15: self = first(.sessionExpires)
        case 16: self = first(.wwwAuthenticate, .contentEncoding)
        case 18: self = first(.proxyAuthenticate)
        case 19: self = first(.proxyAuthorization, .authenticationInfo)
        default: self = .other
        }
    }

    /// The compact forms of RFC 3261 7.3.3, RFC 6665 (o, u), RFC 4028 (x), RFC 3515 (r), RFC 3892 (b).
    private static func compact(_ letter: UInt8) -> KnownHeader {
        switch letter {
        case 0x76: .via
        case 0x66: .from
        case 0x74: .to
        case 0x6D: .contact
        case 0x69: .callID
        case 0x6B: .supported
        case 0x6C: .contentLength
        case 0x63: .contentType
        case 0x65: .contentEncoding
        case 0x6F: .event
        case 0x73: .subject
        case 0x75: .allowEvents
        case 0x78: .sessionExpires
        case 0x72: .referTo
        case 0x62: .referredBy
        default: .other
        }
    }
}
