public import SIPCore

/// Why a REGISTER is not carried out. Nothing of it was.
public enum RegistrationRefusal: Error, Hashable, Sendable {
    /// 400: what is wrong, in words for the reason phrase.
    case badRequest(String)
    /// 423: the response must carry Min-Expires with this many seconds (RFC 3261 10.3 step 7).
    case tooBrief(minimum: UInt32)
    /// 500: a CSeq not above the one stored for the same Call-ID; "the update MUST be aborted and the request fails".
    case outOfOrder
    /// 403: more contacts than an address may have.
    case tooManyContacts(maximum: Int)
    /// 420: the phone does not support the Path that somebody has added (RFC 3327 5.3).
    case pathUnsupported
    /// 439: the phone wants RFC 5626, and the first proxy on its way does not do it.
    case firstHopLacksOutbound
    /// 413: a contact whose texts are longer than a binding may be.
    case tooLarge(maximum: Int)

    public var status: SIPStatus {
        switch self {
        case .badRequest: .badRequest
        case .tooBrief: .intervalTooBrief
        case .outOfOrder: .serverInternalError
        case .tooManyContacts: .forbidden
        case .pathUnsupported: .badExtension
        case .firstHopLacksOutbound: .firstHopLacksOutboundSupport
        case .tooLarge: .requestEntityTooLarge
        }
    }

    /// The reason phrase that tells the phone's owner what to change.
    public var reason: String {
        switch self {
        case .badRequest(let reason): reason
        case .tooBrief: "Interval Too Brief"
        case .outOfOrder: "CSeq Out of Order"
        case .tooManyContacts: "Too Many Contacts"
        case .pathUnsupported: "Path Not Supported"
        case .firstHopLacksOutbound: status.reasonPhrase
        case .tooLarge: "Contact Too Long"
        }
    }
}
