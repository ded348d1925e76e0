package import SIPCore
package import SIPLocation
package import SIPProxy

/// Carries out what commands ask: the same way in a running daemon and, for what needs none, in the command itself.
package struct ControlDesk: Sendable {
    /// What only a running daemon can do.
    package struct Daemon: Sendable {
        /// An account was changed in the database: forget what is in memory.
        package var forget: @Sendable (AddressOfRecord) -> Void
        /// Brings all that is in memory up to date with the database.
        package var refresh: @Sendable () async throws -> Void
        /// Brings aliases, domains, groups, names and trusted addresses in memory up to date.
        package var refreshTables: @Sendable () async throws -> Void
        package var reload: @Sendable () async throws -> ReloadReport
        package var gateways: Gateways
        /// nil: nobody is banned.
        package var flood: FloodProtection?
        package var figures: @Sendable () -> Figures
        package var stop: @Sendable () -> Void

        package init(
            forget: @escaping @Sendable (AddressOfRecord) -> Void,
            refresh: @escaping @Sendable () async throws -> Void,
            refreshTables: @escaping @Sendable () async throws -> Void,
            reload: @escaping @Sendable () async throws -> ReloadReport,
            gateways: Gateways = Gateways(), flood: FloodProtection? = nil,
            figures: @escaping @Sendable () -> Figures, stop: @escaping @Sendable () -> Void
        ) {
            self.forget = forget
            self.refresh = refresh
            self.refreshTables = refreshTables
            self.reload = reload
            self.gateways = gateways
            self.flood = flood
            self.figures = figures
            self.stop = stop
        }
    }

    private let registrations: any OperatorsRegistrations
    private let daemon: Daemon?
    /// The one that stands for all domains; nil: each stands for itself.
    private let domain: String?
    private let clock: @Sendable () -> UnixTime

    /// So many entries go on a line of a list.
    private static let pageSize = 500

    /// - Parameters:
    ///   - daemon: nil in a command that works on the database.
    ///   - domain: the one that stands for all domains, where all have the same users.
    package init(
        _ registrations: any OperatorsRegistrations, daemon: Daemon?, domain: String? = nil,
        clock: @escaping @Sendable () -> UnixTime = { .now }
    ) {
        self.registrations = registrations
        self.daemon = daemon
        self.domain = domain
        self.clock = clock
    }

    /// Carries out a request and hands over its replies, one after the other.
    ///
    /// - Throws: what `reply` throws, and `CancellationError`; what goes wrong with the request is a reply.
    package func perform(
        _ request: ControlRequest, _ reply: (ControlReply) async throws -> Void
    ) async throws {
        do {
            switch request {
            case .online, .show: try await list(request, reply)
            case .add(let address, let contact, let q, let expires):
                try await add(self.address(address), contact, q: q, expires: expires)
                try await reply(.done(count: 1))
            case .remove(let address, let contact):
                let count = try await remove(self.address(address), contact)
                try await reply(.done(count: count))
            case .account(let address, let isGone):
                let address = try self.address(address)
                try running.forget(address)
                let count = isGone ? try await remove(address, nil) : 0
                try await reply(.done(count: count))
            case .refresh:
                try await running.refresh()
                try await reply(.done(count: 0))
            case .refreshTables:
                try await running.refreshTables()
                try await reply(.done(count: 0))
            case .reload:
                try await reply(.reloaded(report: running.reload()))
            case .gateways:
                try await reply(
                    .gateways(entries: running.gateways.status.map { ControlGateway($0) }))
            case .gateway(let change, let group, let uri):
                try await reply(
                    .done(count: Self.carryOut(change, group, uri, in: running.gateways)))
            case .bans, .ban, .unban: try await reply(Self.carryOut(request, running.flood))
            case .monitor(let interval):
                try await monitor(interval, reply)
            case .stop:
                let daemon = try running
                try await reply(.stopping)
                daemon.stop()
                // The connection is held until the process is gone, so that who waits for its end waits for that.
                while true { try await Task.sleep(for: .seconds(3_600)) }
            }
        } catch let failure as Failure {
            try await reply(ControlReply(failure))
        } catch let error as StoreError {
            try await reply(ControlReply(Failure(error)))
        }
    }

    private var running: Daemon {
        get throws(Failure) {
            guard let daemon else { throw Failure(.unavailable, "sipd does not run") }
            return daemon
        }
    }

    private func list(
        _ request: ControlRequest, _ reply: (ControlReply) async throws -> Void
    ) async throws {
        var address: AddressOfRecord?
        if case .show(let text?) = request { address = try self.address(text) }
        let now = clock()
        var rest = try await registrations.bindings(of: address, at: now)[...]
        repeat {
            let page = rest.prefix(Self.pageSize)
            rest = rest.dropFirst(page.count)
            if request == .online {
                try await reply(
                    .addresses(entries: page.map { $0.address.description }, more: !rest.isEmpty))
            } else {
                try await reply(
                    .registrations(
                        entries: page.map { ControlRegistration($0, at: now) }, more: !rest.isEmpty)
                )
            }
        } while !rest.isEmpty
    }

    private func add(
        _ address: AddressOfRecord, _ contact: String, q: UInt16?, expires: UInt32?
    ) async throws {
        let uri = try Self.contact(contact)
        guard q ?? 0 <= 1000 else { throw Failure(.data, "q is a number from 0 to 1") }
        let now = clock()
        let equal = try await bindings(of: address, equalTo: uri, at: now).first
        var fields = BindingFields(
            address: address, ruid: equal?.ruid ?? Self.newRUID(), uri: uri,
            expiresAt: expires.map { now + Int64($0) }, lastModified: now)
        fields.q = q
        fields.userAgent = "sipd"
        guard let binding = Binding(fields) else {
            throw Failure(.data, "the contact is too long")
        }
        try await registrations.put(binding)
    }

    private func remove(_ address: AddressOfRecord, _ contact: String?) async throws -> Int {
        let now = clock()
        let bindings =
            if let contact {
                try await bindings(of: address, equalTo: Self.contact(contact), at: now)
            } else {
                try await registrations.bindings(of: address, at: now)
            }
        guard !bindings.isEmpty else { return 0 }
        return try await registrations.remove(bindings, of: address)
    }

    private func bindings(
        of address: AddressOfRecord, equalTo uri: ByteSlice, at now: UnixTime
    ) async throws -> [Binding] {
        let contact = ContactIdentity(uri)
        return try await registrations.bindings(of: address, at: now).filter {
            $0.contact.isEquivalent(to: contact)
        }
    }

    private func monitor(
        _ interval: Double, _ reply: (ControlReply) async throws -> Void
    ) async throws {
        let daemon = try running
        guard (0.1...3_600).contains(interval) else {
            throw Failure(.data, "the interval is 0.1 to 3600 seconds")
        }
        while true {
            try await reply(.figures(now: daemon.figures()))
            try await Task.sleep(for: .seconds(interval))
        }
    }

    private func address(_ text: String) throws(Failure) -> AddressOfRecord {
        guard let name = AccountName(argument: text) else {
            throw Failure(.data, "expected user@domain, such as alice@voice.example")
        }
        let address = name.address
        return domain.map { AddressOfRecord(user: address.user, host: ByteSlice($0)) } ?? address
    }

    /// A SIP URI that may stand in a Request-URI: nothing in it begins a line or ends a bracket.
    private static func contact(_ text: String) throws(Failure) -> ByteSlice {
        let slice = ByteSlice(text)
        let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
        guard isClean, (try? URI(slice))?.sip != nil else {
            throw Failure(.data, "expected a SIP URI, such as sip:alice@192.0.2.1:5060")
        }
        return slice
    }

    private static func newRUID() -> ByteSlice {
        ByteSlice("operator-\(String(UInt64.random(in: .min ... .max), radix: 16))")
    }
}
