/// A request's method (RFC 3261 section 7.1); methods are compared with case.
public enum SIPMethod: Hashable, Sendable {
    case invite, ack, bye, cancel, register, options
    case prack, subscribe, notify, publish, info, refer, message, update
    /// A method that this library gives no meaning to: it is passed on as any non-INVITE request.
    case other(ByteSlice)

    public init(_ name: ByteSlice) {
        let span = name.span
        func matches(_ text: StaticString) -> Bool {
            guard span.count == text.utf8CodeUnitCount else { return false }
            // In bounds: a StaticString literal holds utf8CodeUnitCount bytes.
            let pointer = unsafe text.utf8Start
            for index in span.indices where unsafe span[index] != pointer[index] { return false }
            return true
        }
        switch span.count {
        case 3 where matches("ACK"): self = .ack
        case 3 where matches("BYE"): self = .bye
        case 4 where matches("INFO"): self = .info
        case 5 where matches("PRACK"): self = .prack
        case 5 where matches("REFER"): self = .refer
        case 6 where matches("INVITE"): self = .invite
        case 6 where matches("CANCEL"): self = .cancel
        case 6 where matches("NOTIFY"): self = .notify
        case 6 where matches("UPDATE"): self = .update
        case 7 where matches("OPTIONS"): self = .options
        case 7 where matches("PUBLISH"): self = .publish
        case 7 where matches("MESSAGE"): self = .message
        case 8 where matches("REGISTER"): self = .register
        case 9 where matches("SUBSCRIBE"): self = .subscribe
        default: self = .other(name)
        }
    }
}

extension SIPMethod: CustomStringConvertible {
    /// The method as it stands in a message.
    public var description: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .register: "REGISTER"
        case .options: "OPTIONS"
        case .prack: "PRACK"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .publish: "PUBLISH"
        case .info: "INFO"
        case .refer: "REFER"
        case .message: "MESSAGE"
        case .update: "UPDATE"
        case .other(let name): name.description
        }
    }
}
