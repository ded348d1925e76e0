import SIPCore
import SIPLocation

/// What the tests register: short ways to say it.
enum Phone {
    static let alice = AddressOfRecord(user: "alice", host: "voice.example")
    static let bob = AddressOfRecord(user: "bob", host: "voice.example")
    static let noon = UnixTime(seconds: 1_700_000_000)

    static func contact(
        _ uri: ByteSlice, expires: UInt32? = nil, q: UInt16? = nil, instance: ByteSlice? = nil,
        regID: UInt32? = nil
    ) -> Registration.RequestedContact {
        var contact = Registration.RequestedContact(uri: uri)
        contact.expires = expires
        contact.q = q
        contact.instance = instance
        contact.regID = regID
        return contact
    }

    static func register(
        _ contacts: Registration.RequestedContact..., cseq: UInt32, callID: ByteSlice = "one",
        expires: UInt32? = nil
    ) -> Registration {
        Registration(.list(contacts), callID: callID, cseq: cseq, expires: expires)
    }

    static func query(cseq: UInt32 = 1) -> Registration {
        Registration(.query, callID: "query", cseq: cseq)
    }

    static func removeAll(
        cseq: UInt32, callID: ByteSlice = "one", expires: UInt32? = 0
    ) -> Registration {
        Registration(.wildcard, callID: callID, cseq: cseq, expires: expires)
    }

    static func binding(
        _ uri: ByteSlice, of address: AddressOfRecord = alice, ruid: ByteSlice = "r1",
        expiresAt: UnixTime? = noon + 3600, modified: UnixTime = noon
    ) -> BindingFields {
        BindingFields(
            address: address, ruid: ruid, uri: uri, expiresAt: expiresAt, lastModified: modified)
    }
}

extension RegistrationOutcome {
    /// The contacts of a 200 as its header fields would list them; nil when it is refused.
    var values: [String]? {
        guard case .accepted(let contacts) = self else { return nil }
        return contacts.map(\.value.description)
    }

    var refusal: RegistrationRefusal? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal
    }
}
