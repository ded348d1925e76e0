public import SIPCore
import SIPLocation

extension Caller {
    /// Whether the caller may use an address (`check_to`, `check_from`): the account's name in its domain, or what
    /// ``ProxySettings/names`` says.
    ///
    /// - Parameter address: a To or From.
    /// - Returns: proof that the caller owns it.
    /// - Throws: ``Rejection`` 403 when it is somebody else's.
    public func owning(_ address: NameAddress) throws -> Owner {
        guard let record = site.addressOfRecord(address.uri),
            record.host.equalsIgnoringCase(domain), mayUse(record.user)
        else { throw Rejection(.forbidden) }
        return Owner(address: record, caller: self)
    }

    /// Whether the caller is in a group of the operator's (``ProxySettings/tables``), such as those who may call a gateway.
    ///
    /// - Returns: proof of it.
    /// - Throws: ``Rejection`` 403 when the caller is not.
    public func belongs(to group: String) throws -> Member {
        guard site.tables.contains(username, domain: domain, in: group) else {
            throw Rejection(.forbidden)
        }
        return Member(caller: self, group: group)
    }

    private func mayUse(_ part: ByteSlice) -> Bool {
        switch site.names {
        case .own: part == username
        case .tabled: site.tables.allows(part, to: username, domain: domain)
        case .ownOrTabled:
            part == username || site.tables.allows(part, to: username, domain: domain)
        }
    }
}

/// Proof that a caller is in a group: ``Caller/belongs(to:)`` makes it.
public struct Member: Sendable {
    /// Who it is.
    public let caller: Caller
    public let group: String
}

extension Action {
    /// Passes the request on to its Request-URI, wherever that is, for a caller of a group that may.
    public static func relay(by member: Member) -> Action { relay(for: member.caller) }
}

extension Contacts {
    /// An address anywhere, a gateway, say, for a caller of a group that may.
    public static func foreign(_ uri: URI, by member: Member) -> Contacts {
        foreign(uri, for: member.caller)
    }
}
