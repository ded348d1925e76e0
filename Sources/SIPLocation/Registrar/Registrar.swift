public import SIPCore

/// The rules of RFC 3261 10.3, steps 6 to 8, as a function from what is there and what is asked to what changes.
public enum Registrar {
    /// What a REGISTER changes, all of it or nothing.
    public struct Changes: Sendable {
        /// The bindings that are new or other than before.
        public var puts: [Binding] = []
        public var removals: [Binding] = []
        /// All bindings that the address has afterwards, the highest q first, then the newest.
        public var current: [Binding] = []

        public var isEmpty: Bool { puts.isEmpty && removals.isEmpty }
    }

    /// Decides on a REGISTER.
    ///
    /// - Parameters:
    ///   - existing: the address's bindings; those that have expired count as gone.
    ///   - newRUID: names a new binding, given its contact's URI; called once for each.
    /// - Throws: ``RegistrationRefusal``; then nothing may be changed.
    public static func decide(
        _ registration: Registration, for address: AddressOfRecord, existing: [Binding],
        settings: RegistrarSettings, now: UnixTime, newRUID: (ByteSlice) -> ByteSlice
    ) throws(RegistrationRefusal) -> Changes {
        // RFC 3327 5.3: "This approach allows the UA to detect that an intermediate proxy has inappropriately added a Path".
        if settings.path == .strict, !registration.path.isEmpty, !registration.supportsPath {
            throw .pathUnsupported
        }
        var ledger = Ledger(
            registration: registration, address: address, settings: settings, now: now,
            existing: existing)
        switch registration.contacts {
        case .query:
            break
        case .wildcard:
            try ledger.removeAll()
        case .list(let contacts):
            try ledger.check(contacts)
            for contact in contacts { try ledger.process(contact, newRUID) }
            try ledger.makeRoom()
        }
        return ledger.changes
    }

    /// The bindings as a 200 lists them: "Each Contact value MUST feature an "expires" parameter" (10.3 step 8).
    ///
    /// A permanent contact, which has none, shows the longest interval the registrar grants.
    public static func listing(
        _ bindings: [Binding], settings: RegistrarSettings, now: UnixTime
    ) -> [RegisteredContact] {
        bindings.map { binding in
            let permanent = settings.maximumExpires ?? settings.defaultExpires
            let left = binding.remaining(at: now).map { UInt32(clamping: $0) }
            return RegisteredContact(binding, expires: left ?? permanent)
        }
    }
}
