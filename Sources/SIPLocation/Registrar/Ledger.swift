import SIPCore

/// The bindings of one address while a REGISTER is being worked through: tentative, as 10.3 step 7 has it.
struct Ledger {
    /// A binding that is there, or will be.
    private struct Entry {
        var binding: Binding
        /// What the store and memory have now; nil for a new one.
        let stored: Binding?
        var isRemoved = false
        /// Named by this REGISTER, so that it is no longer there to be replaced.
        var isTouched = false
    }

    private let registration: Registration
    private let address: AddressOfRecord
    private let settings: RegistrarSettings
    private let now: UnixTime
    private var entries: [Entry]

    init(
        registration: Registration, address: AddressOfRecord, settings: RegistrarSettings,
        now: UnixTime, existing: [Binding]
    ) {
        self.registration = registration
        self.address = address
        self.settings = settings
        self.now = now
        entries = existing.filter { $0.isLive(at: now) }.map { Entry(binding: $0, stored: $0) }
    }

    var changes: Registrar.Changes {
        var changes = Registrar.Changes()
        for entry in entries {
            if !entry.isRemoved { changes.current.append(entry.binding) }
            if let stored = entry.stored, entry.isRemoved { changes.removals.append(stored) }
            if entry.isTouched, !entry.isRemoved, entry.binding.expiresAt != nil {
                changes.puts.append(entry.binding)
            }
        }
        changes.current.sort(by: Binding.precedes)
        return changes
    }

    /// `Contact: *` (10.3 step 6). What an operator made permanent only an operator removes.
    mutating func removeAll() throws(RegistrationRefusal) {
        // "If the request has additional Contact fields or an expiration time other than zero, the request is
        // invalid, and the server MUST return a 400".
        guard registration.expires == 0 else {
            throw .badRequest("Contact: * Needs Expires: 0")
        }
        for index in entries.indices where entries[index].binding.expiresAt != nil {
            try checkOrder(entries[index].binding)
            entries[index].isRemoved = true
        }
    }

    /// What concerns the contacts together.
    func check(_ contacts: [Registration.RequestedContact]) throws(RegistrationRefusal) {
        guard contacts.count > 1 else { return }
        // RFC 5626 section 6: with a reg-id, only one contact may be registered at a time.
        let added = contacts.filter { requestedExpires($0) > 0 }
        if added.count > 1, added.contains(where: { $0.regID != nil && $0.instance != nil }) {
            throw .badRequest("One Contact With reg-id At a Time")
        }
    }

    mutating func process(
        _ contact: Registration.RequestedContact, _ newRUID: (ByteSlice) -> ByteSlice
    ) throws(RegistrationRefusal) {
        let expires = try grantedExpires(contact)
        let identity = ContactIdentity(contact.uri)
        if let index = entryIndex(for: contact, identity) {
            let entry = entries[index]
            // A contact named twice: the second word on it is the last, not one out of order.
            if !entry.isTouched { try checkOrder(entry.binding) }
            entries[index].isTouched = true
            guard entry.binding.expiresAt != nil else { return }
            guard expires > 0 else {
                if entry.stored == nil {
                    entries.remove(at: index)
                } else {
                    entries[index].isRemoved = true
                }
                return
            }
            entries[index].isRemoved = false
            entries[index].binding = try binding(
                contact, identity, expires: expires, ruid: entry.binding.ruid,
                flags: entry.binding.flags)
        } else if expires > 0 {
            // "If the binding does not exist, it is tentatively added."
            let binding = try binding(
                contact, identity, expires: expires, ruid: newRUID(contact.uri), flags: 0)
            entries.append(Entry(binding: binding, stored: nil, isTouched: true))
            // Stops a REGISTER of a thousand contacts at the first that is too many.
            let added = entries.count { $0.stored == nil }
            if added > settings.maximumContacts {
                throw .tooManyContacts(maximum: settings.maximumContacts)
            }
        }
    }

    /// Keeps to the maximum of contacts.
    mutating func makeRoom() throws(RegistrationRefusal) {
        guard entries.count > settings.maximumContacts else { return }
        let counted = entries.indices.filter {
            !entries[$0].isRemoved && entries[$0].binding.expiresAt != nil
        }
        let excess = counted.count - settings.maximumContacts
        guard excess > 0, entries.contains(where: { $0.stored == nil && !$0.isRemoved }) else {
            return
        }
        let oldest = counted.filter { !entries[$0].isTouched }.sorted {
            entries[$0].binding.lastModified < entries[$1].binding.lastModified
        }
        guard settings.whenFull == .replaceOldest, oldest.count >= excess else {
            throw .tooManyContacts(maximum: settings.maximumContacts)
        }
        for index in oldest.prefix(excess) { entries[index].isRemoved = true }
    }

    /// "If [the Call-IDs] are the same, the registrar compares the CSeq value. If the value is higher than that of the
    /// existing binding, it MUST update or remove the binding as above. If not, the update MUST be aborted".
    private func checkOrder(_ stored: Binding) throws(RegistrationRefusal) {
        guard stored.callID == registration.callID, registration.cseq <= stored.cseq else { return }
        throw .outOfOrder
    }

    /// The binding that a contact updates: that of the same flow or instance (RFC 5626 section 6), else that of an
    /// equal URI (RFC 3261 19.1.4).
    private func entryIndex(
        for contact: Registration.RequestedContact, _ identity: ContactIdentity
    ) -> Int? {
        if let instance = contact.instance, let regID = contact.regID {
            // "the corresponding binding is between an AOR and the combination of the instance-id […] and the value of
            // "reg-id"": the URI does not count.
            return entries.firstIndex {
                $0.binding.regID == regID && $0.binding.instance == instance
            } ?? equalContact(identity) { $0.regID == nil }
        }
        if let index = equalContact(identity, where: { $0.regID == nil })
            ?? equalContact(identity, where: { $0.regID != nil })
        {
            return index
        }
        guard let instance = contact.instance else { return nil }
        // The same phone with another URI, after a restart or a new address. Two contacts of one phone in one REGISTER
        // stay two.
        return entries.firstIndex {
            !$0.isTouched && $0.binding.regID == nil && $0.binding.instance == instance
        }
    }

    private func equalContact(
        _ identity: ContactIdentity, where applies: (Binding) -> Bool
    ) -> Int? {
        entries.firstIndex {
            applies($0.binding) && $0.binding.contact.isEquivalent(to: identity)
        }
    }

    /// The contact's parameter, else the Expires header field, else the default (10.3 step 7).
    private func requestedExpires(_ contact: Registration.RequestedContact) -> UInt32 {
        contact.expires ?? registration.expires ?? settings.defaultExpires
    }

    private func grantedExpires(
        _ contact: Registration.RequestedContact
    ) throws(RegistrationRefusal) -> UInt32 {
        let requested = requestedExpires(contact)
        // "If and only if the requested expiration interval is greater than zero AND smaller than one hour AND less than
        // a registrar-configured minimum, the registrar MAY reject the registration with a response of 423".
        if requested > 0, requested < 3600, requested < settings.minimumExpires {
            throw .tooBrief(minimum: settings.minimumExpires)
        }
        return min(requested, settings.maximumExpires ?? .max)
    }

    private func binding(
        _ contact: Registration.RequestedContact, _ identity: ContactIdentity, expires: UInt32,
        ruid: ByteSlice, flags: UInt32
    ) throws(RegistrationRefusal) -> Binding {
        var fields = BindingFields(
            address: address, ruid: ruid, uri: contact.uri, expiresAt: now + Int64(expires),
            lastModified: now)
        fields.parameters = contact.parameters
        fields.q = contact.q
        // "Each binding record records the Call-ID and CSeq values from the request."
        fields.callID = registration.callID
        fields.cseq = registration.cseq
        fields.userAgent = registration.userAgent
        fields.instance = contact.instance
        // "If the registrar processes a Contact header field value with a reg-id but no instance-id, it simply ignores
        // the reg-id parameter." (RFC 5626 section 6)
        fields.regID = contact.instance == nil ? nil : contact.regID
        fields.path = registration.path
        fields.received = contact.received
        fields.localSocket = registration.localSocket
        fields.flags = flags
        fields.methods = registration.methods
        guard let binding = Binding(fields, contactKey: identity.key),
            binding.textSize <= settings.maximumBindingSize
        else {
            throw .tooLarge(maximum: settings.maximumBindingSize)
        }
        return binding
    }
}
