/// A response's status code with its default reason phrase (RFC 3261 section 21).
public struct SIPStatus: Hashable, Sendable {
    /// 100 to 699.
    public let code: UInt16

    /// - Parameter code: 100 to 699; what is outside is cut to the nearest end.
    public init(_ code: UInt16) { self.code = min(max(code, 100), 699) }

    /// 1xx: the final response is still to come.
    public var isProvisional: Bool { code < 200 }
    /// 2xx.
    public var isSuccess: Bool { (200..<300).contains(code) }
    /// The code's first digit, the class of the response.
    public var hundreds: Int { Int(code) / 100 }
}

extension SIPStatus {
    public static let trying = SIPStatus(100)
    public static let ringing = SIPStatus(180)
    public static let sessionProgress = SIPStatus(183)
    public static let ok = SIPStatus(200)
    public static let accepted = SIPStatus(202)
    public static let movedTemporarily = SIPStatus(302)
    public static let badRequest = SIPStatus(400)
    public static let unauthorized = SIPStatus(401)
    public static let forbidden = SIPStatus(403)
    public static let notFound = SIPStatus(404)
    public static let methodNotAllowed = SIPStatus(405)
    public static let proxyAuthenticationRequired = SIPStatus(407)
    public static let requestTimeout = SIPStatus(408)
    public static let requestEntityTooLarge = SIPStatus(413)
    public static let unsupportedURIScheme = SIPStatus(416)
    public static let badExtension = SIPStatus(420)
    public static let extensionRequired = SIPStatus(421)
    public static let intervalTooBrief = SIPStatus(423)
    public static let flowFailed = SIPStatus(430)
    public static let firstHopLacksOutboundSupport = SIPStatus(439)
    public static let maxBreadthExceeded = SIPStatus(440)
    public static let temporarilyUnavailable = SIPStatus(480)
    public static let noSuchTransaction = SIPStatus(481)
    public static let loopDetected = SIPStatus(482)
    public static let tooManyHops = SIPStatus(483)
    public static let addressIncomplete = SIPStatus(484)
    public static let busyHere = SIPStatus(486)
    public static let requestTerminated = SIPStatus(487)
    public static let serverInternalError = SIPStatus(500)
    public static let notImplemented = SIPStatus(501)
    public static let badGateway = SIPStatus(502)
    public static let serviceUnavailable = SIPStatus(503)
    public static let serverTimeout = SIPStatus(504)
    public static let versionNotSupported = SIPStatus(505)
    public static let messageTooLarge = SIPStatus(513)
    public static let busyEverywhere = SIPStatus(600)
    public static let decline = SIPStatus(603)

    /// The phrase that goes with the code when nobody gives another.
    public var reasonPhrase: String {
        switch code {
        case 100: "Trying"
        case 180: "Ringing"
        case 181: "Call Is Being Forwarded"
        case 182: "Queued"
        case 183: "Session Progress"
        case 200: "OK"
        case 202: "Accepted"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 305: "Use Proxy"
        case 380: "Alternative Service"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Unsupported URI Scheme"
        case 420: "Bad Extension"
        case 421: "Extension Required"
        case 423: "Interval Too Brief"
        case 430: "Flow Failed"
        case 439: "First Hop Lacks Outbound Support"
        case 440: "Max-Breadth Exceeded"
        case 480: "Temporarily Unavailable"
        case 481: "Call/Transaction Does Not Exist"
        case 482: "Loop Detected"
        case 483: "Too Many Hops"
        case 484: "Address Incomplete"
        case 485: "Ambiguous"
        case 486: "Busy Here"
        case 487: "Request Terminated"
        case 488: "Not Acceptable Here"
        case 491: "Request Pending"
        case 493: "Undecipherable"
        case 500: "Server Internal Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Server Time-out"
        case 505: "Version Not Supported"
        case 513: "Message Too Large"
        case 600: "Busy Everywhere"
        case 603: "Decline"
        case 604: "Does Not Exist Anywhere"
        case 606: "Not Acceptable"
        case ..<200: "Progress"
        case ..<300: "Success"
        case ..<400: "Redirected"
        case ..<500: "Request Failure"
        case ..<600: "Server Failure"
        default: "Global Failure"
        }
    }
}
