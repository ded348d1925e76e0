package import SIPCore

/// What a server of the DNS is asked.
package struct Question: Hashable, Sendable {
    package let name: DNSName
    package let type: RecordType

    package init(_ name: DNSName, _ type: RecordType) {
        self.name = name
        self.type = type
    }
}

/// The types of records that lead to a SIP server; the raw value is the type's number.
package enum RecordType: UInt16, Hashable, Sendable, CaseIterable {
    case a = 1
    case aaaa = 28
    case srv = 33
    case naptr = 35
}

/// What came of a question.
package enum Answer: Hashable, Sendable {
    case addresses([IPAddress])
    case services([ServiceRecord])
    case pointers([PointerRecord])
    /// There is no such name, or it has no such records.
    case nothing
    case failed(ResolutionError)
}

/// An SRV record (RFC 2782): a server of a service.
package struct ServiceRecord: Hashable, Sendable {
    /// Lower ones are tried first.
    package let priority: UInt16
    /// Among equal priorities, the share of the requests.
    package let weight: UInt16
    package let port: UInt16
    /// Nil for ".": "the service is decidedly not available at this domain".
    package let target: DNSName?

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName?) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// A NAPTR record (RFC 3403 section 4.1), as far as it concerns RFC 3263.
package struct PointerRecord: Hashable, Sendable {
    /// Lower ones come first.
    package let order: UInt16
    /// Among equal orders, lower ones come first.
    package let preference: UInt16
    package let flags: [UInt8]
    package let services: [UInt8]
    package let regexp: [UInt8]
    package let replacement: DNSName?

    package init(
        order: UInt16, preference: UInt16, flags: [UInt8], services: [UInt8], regexp: [UInt8],
        replacement: DNSName?
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.services = services
        self.regexp = regexp
        self.replacement = replacement
    }
}

/// Why there is no way to a server.
package enum ResolutionError: Error, Hashable, Sendable {
    /// There is no such name, or it has no server for us.
    case notFound
    /// No answer came in time.
    case timedOut
    /// So many questions wait already that this one was not asked.
    case busy
    /// The DNS failed, and may succeed later; the text says how.
    case failed(String)
}

extension ResolutionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound: "not found"
        case .timedOut: "the DNS did not answer in time"
        case .busy: "too many look-ups wait"
        case .failed(let reason): reason
        }
    }
}
