public import SIPCore
public import SIPLocation

extension RoutedRequest {
    /// Where the user of the Request-URI is now (`lookup("location")`).
    ///
    /// A contact that is an address of ours again, calls that one of our users forwards to another, stands for the contacts of that
    /// user: each address is looked up once, and no more than 32 of them.
    ///
    /// - Returns: the contacts, best first; empty when nobody is registered there.
    /// - Throws: what the location service throws when it can't answer.
    public func contacts(in location: some Location) async throws -> Contacts {
        try await contacts(of: uri, in: location)
    }

    /// Where the user of an address of ours is now, whoever the request is for: a voicemail server that registers, a colleague.
    ///
    /// - Returns: the contacts, best first; empty when nobody is registered there, or the address is not ours. Of a GRUU it is one.
    /// - Throws: what the location service throws when it can't answer; ``Rejection`` 404 or 480 for a GRUU that leads nowhere
    ///   (RFC 5627 6.1).
    public func contacts(of uri: URI, in location: some Location) async throws -> Contacts {
        if site.issuesGRUUs, let sip = uri.sip, sip.parameters.contains("gr"),
            site.responsibility.includes(sip)
        {
            return try await contacts(ofGRUU: uri, in: location)
        }
        var search = TargetSearch(site: site, location: location, time: time)
        search.isSecure = arrival.essentials.uri.sip?.isSecure == true
        try await search.addUser(uri, rank: Rank())
        if search.hasOnlyInsecure { throw sipsNotAllowed }
        return search.contacts
    }

    /// RFC 5630 5.3: who has registered no SIPS contact is not reached by a SIPS URI.
    private var sipsNotAllowed: Rejection {
        var warning: [UInt8] = []
        warning.append("380 ")
        warning.append(slice: site.responsibility.defaultDomain?.text ?? "sip")
        warning.append(" \"SIPS Not Allowed\"")
        return Rejection(.temporarilyUnavailable).with(.warning, bytes: warning)
    }

    /// Where several users are now, who are called together: the targets of one alias. Foreign addresses among them need the caller's
    /// proof, and are left out without it.
    ///
    /// - Parameter caller: who pays for a call to a foreign address.
    /// - Returns: the contacts, best first.
    /// - Throws: what the location service throws when it can't answer.
    public func contacts(
        of uris: [URI], in location: some Location, for caller: Caller? = nil
    ) async throws -> Contacts {
        var search = TargetSearch(site: site, location: location, time: time)
        for uri in uris {
            if search.isOurs(uri) {
                try await search.addUser(uri, rank: Rank())
            } else if caller != nil, uri.sip != nil {
                // As a contact that names no q.
                search.add(Target(uri: uri), rank: Rank().then(1000))
            }
        }
        return search.contacts
    }

    /// Where a 3xx sends the request (RFC 3261 16.5): addresses of ours are looked up; all others need the caller's proof, and are left out
    /// without it.
    ///
    /// The 3xx is not passed on then, whatever else happens. Whoever was asked before is not asked again, so redirects that go in
    /// circles end.
    ///
    /// - Parameters:
    ///   - best: the response, as ``Router/failed(_:with:)`` has it; one that redirects nowhere leads to no contacts.
    ///   - caller: who pays for a call to a foreign address.
    /// - Throws: what the location service throws when it can't answer.
    public func contacts(
        redirectedBy best: BestResponse, in location: some Location, for caller: Caller? = nil
    ) async throws -> Contacts {
        var search = TargetSearch(site: site, location: location, time: time)
        // Who is called has been asked: nobody is sent back to the phone that has just sent him away.
        search.isKnown(arrival.essentials.uri)
        search.isKnown(uri)
        for contact in best.redirections {
            let rank = Rank().then(contact.q ?? 1000)
            if search.isOurs(contact.uri) {
                try await search.addUser(contact.uri, rank: rank)
            } else if caller != nil, contact.uri.sip != nil {
                search.add(Target(uri: contact.uri), rank: rank)
            }
        }
        return search.contacts.redirected
    }
}

/// The preferences on the way to a target, in one word: the first of them counts most. There is room for four, which is how far
/// users may forward to one another.
private struct Rank: Comparable {
    private var word: UInt64 = 0
    private var count = 0

    var isFull: Bool { count == 4 }

    /// - Parameter preference: q in thousandths.
    func then(_ preference: UInt16) -> Rank {
        var next = self
        next.count += 1
        next.word |= (UInt64(preference) + 1) << UInt64(64 - 16 * next.count)
        return next
    }

    static func < (left: Rank, right: Rank) -> Bool { left.word < right.word }
}

/// A look-up of where a request may go, contacts of contacts included.
private struct TargetSearch<Registrations: Location> {
    let site: Site
    let location: Registrations
    let time: UnixTime
    private var visited: [AddressOfRecord] = []
    /// Whether the request is for a SIPS URI: then only contacts that are such URIs count (RFC 5630 5.3).
    var isSecure = false
    private var hasPassedOver = false
    /// What was found, each with the preferences on the way there.
    private var found: [(target: Target, rank: Rank)] = []

    init(site: Site, location: Registrations, time: UnixTime) {
        self.site = site
        self.location = location
        self.time = time
    }

    /// Whether all contacts are such that a SIPS URI does not lead to.
    var hasOnlyInsecure: Bool { hasPassedOver && found.isEmpty }

    /// So many addresses are looked up at most.
    private static var mostAddresses: Int { 32 }

    /// The groups: targets with the same preferences on their way, the highest first.
    var contacts: Contacts {
        var targets: [Target] = []
        targets.reserveCapacity(found.count)
        var last: Rank?
        var group = 0
        // Mostly in order as they come; a stable sort keeps the newest first.
        for entry in isInOrder ? found : sorted {
            var target = entry.target
            if let last, last != entry.rank { group += 1 }
            last = entry.rank
            target.group = group
            targets.append(target)
        }
        return Contacts(targets)
    }

    private var isInOrder: Bool {
        for (left, right) in zip(found, found.dropFirst())
        where left.rank < right.rank {
            return false
        }
        return true
    }

    private var sorted: [(target: Target, rank: Rank)] {
        found.enumerated().sorted { left, right in
            left.element.rank == right.element.rank
                ? left.offset < right.offset
                : right.element.rank < left.element.rank
        }.map(\.element)
    }

    func isOurs(_ uri: URI) -> Bool {
        uri.sip.map { site.responsibility.includes($0) } ?? false
    }

    /// The address is not looked up any more.
    mutating func isKnown(_ uri: URI) {
        if let address = site.addressOfRecord(uri) { visited.append(address) }
    }

    mutating func add(_ target: Target, rank: Rank) { found.append((target, rank)) }

    /// The contacts of a user of ours.
    ///
    /// - Parameter rank: the preferences on the way to him.
    mutating func addUser(_ uri: URI, rank: Rank) async throws {
        guard let address = site.addressOfRecord(uri), visited.count < Self.mostAddresses,
            !visited.contains(address), !rank.isFull
        else { return }
        visited.append(address)
        /// The places of phones that have registered over flows of their own (RFC 5626 4.2).
        var phones: [ByteSlice: Int] = [:]
        for binding in try await location.bindings(of: address, at: time) {
            guard var target = Target(binding) else { continue }
            let rank = rank.then(binding.preference)
            if binding.regID != nil, let instance = binding.instance {
                // RFC 5626 7: "The proxy MUST NOT populate the target set with more than one contact with the same AOR and instance-id
                // at a time."
                if let place = phones[instance] {
                    found[place].target.otherFlows?.append(target)
                    continue
                }
                phones[instance] = found.count
                target.otherFlows = []
            }
            if target.path.isEmpty, target.destination == nil, isOurs(target.uri) {
                for uri in try await location.unaliased(target.uri, site) {
                    try await addUser(uri, rank: rank)
                }
            } else if isSecure, target.uri.sip?.isSecure != true {
                hasPassedOver = true
            } else {
                add(target, rank: rank)
            }
        }
    }
}

extension Location {
    /// The URIs that stand for another one, when that is an alias.
    fileprivate func unaliased(_ uri: URI, _ site: Site) async throws -> [URI] {
        guard let address = site.addressOfRecord(uri) else { return [uri] }
        let targets = try await aliases(of: address)
        return targets.isEmpty ? [uri] : targets
    }
}

extension Target {
    /// Where a binding is reached; nil when what was stored is no URI that can be sent to.
    init?(_ binding: Binding) {
        guard let uri = try? URI(binding.uri), uri.sip != nil else { return nil }
        self.init(uri: uri, path: binding.path, destination: binding.received)
        local = binding.localSocket
    }
}
