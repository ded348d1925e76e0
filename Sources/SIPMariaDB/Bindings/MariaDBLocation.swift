public import SIPCore
public import SIPLocation
import Synchronization

/// Mode 3: the location service without memory. Every look-up and every REGISTER asks the database, so any number of processes
/// can share one.
///
/// Look-ups that wait at the same moment are one statement. REGISTERs that wait at the same moment are one transaction: the
/// rows of their addresses are read and locked, RFC 3261 10.3 decides, and all changes are written in one commit.
public final class MariaDBLocation: Location {
    private struct Request: Sendable {
        let registration: Registration
        let address: AddressOfRecord
        let now: UnixTime
        /// What an attempt, of which nobody knows whether it was committed, made of the address's bindings.
        let attempted = Attempt()

        /// What is stored, when that is what an earlier attempt made of it: its commit was done, and the answer lost. To decide
        /// again would refuse the CSeq that it has stored itself.
        func committed(_ stored: [Binding]) -> [Binding]? {
            guard let made = attempted.bindings.withLock({ $0 }) else { return nil }
            func words(_ bindings: [Binding]) -> Set<[ByteSlice]> {
                Set(bindings.map { [$0.uri, $0.callID, ByteSlice("\($0.cseq)")] })
            }
            let live = stored.filter { $0.isLive(at: now) }
            return words(live) == words(made) ? live.sorted(by: Binding.precedes) : nil
        }
    }

    private final class Attempt: Sendable {
        let bindings = Mutex<[Binding]?>(nil)
    }

    private let bindings: MariaDBBindings
    private let aliases: MariaDBAliasLookup
    private let registrations: Gathering<Request, RegistrationOutcome>
    private let settings: RegistrarSettings

    /// - Parameters:
    ///   - aliases: the database with the aliases; nil when it is the same.
    ///   - registrar: how REGISTERs are decided.
    public init(
        _ database: MariaDBDatabase, aliases: MariaDBDatabase? = nil,
        registrar: RegistrarSettings = RegistrarSettings()
    ) {
        let store = MariaDBBindings(database)
        bindings = store
        settings = registrar
        self.aliases = MariaDBAliasLookup(aliases ?? database)
        let names = RUIDs()
        registrations = Gathering(
            "register", on: database.writes, limit: database.settings.maximumWaiting,
            batchSize: database.settings.batchSize, waitsForCompany: true
        ) { connection, requests in
            func register(_ requests: [Request]) throws -> [RegistrationOutcome] {
                try connection.transaction {
                    try Self.register(requests, store, registrar, names, connection)
                }
            }
            do {
                return try register(requests).map { .success($0) }
            } catch let error where requests.count > 1 && Self.isRefusal(error) {
                // One of them holds what the table does not take: each stands for itself.
                var answers: [Result<RegistrationOutcome, any Error>] = []
                for request in requests {
                    do {
                        let outcomes = try connection.retryingConflicts { try register([request]) }
                        answers.append(.success(outcomes[0]))
                    } catch  where answers.isEmpty && !Self.isRefusal(error) {
                        throw error  // Nothing was made yet: all of it may be tried again.
                    } catch {
                        answers.append(.failure(Self.refusal(error)))
                    }
                }
                return answers
            }
        }
    }

    public func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
        try await bindings.bindings(of: address).filter { $0.isLive(at: now) }
            .sorted(by: Binding.precedes)
    }

    public func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome {
        // A query changes nothing: it locks nothing, and a server that takes no writes answers it.
        if case .query = registration.contacts {
            let found = try await bindings(of: address, at: now)
            return .accepted(Registrar.listing(found, settings: settings, now: now))
        }
        return try await registrations.answer(
            Request(registration: registration, address: address, now: now))
    }

    public func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws {
        let ended = try await bindings.bindings(of: address).filter {
            $0.received == source && $0.localSocket == local
        }
        guard !ended.isEmpty else { return }
        try await bindings.apply(ended.map { .remove(ruid: $0.ruid, of: address) })
    }

    public func alias(of address: AddressOfRecord) async throws -> URI? {
        try await aliases.targets(of: address).first
    }

    public func aliases(of address: AddressOfRecord) async throws -> [URI] {
        try await aliases.targets(of: address)
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        refusal(error).kind == .refused
    }

    private static func refusal(_ error: any Error) -> StoreError {
        (error as? ServerError)?.storeError("register", at: "the database")
            ?? error as? StoreError ?? StoreError(.unavailable, "\(error)")
    }

    private static func register(
        _ requests: [Request], _ store: MariaDBBindings, _ settings: RegistrarSettings,
        _ names: RUIDs, _ connection: Connection
    ) throws -> [RegistrationOutcome] {
        var current = try store.locked(requests.map(\.address), connection)
        let stored = current
        var changes: [BindingChange] = []
        let outcomes = requests.map { request -> RegistrationOutcome in
            let existing = current[request.address] ?? []
            if let committed = request.committed(stored[request.address] ?? []) {
                return .accepted(
                    Registrar.listing(committed, settings: settings, now: request.now))
            }
            do throws(RegistrationRefusal) {
                let decided = try Registrar.decide(
                    request.registration, for: request.address, existing: existing,
                    settings: settings, now: request.now
                ) { names.name(of: $0, at: request.address, besides: existing) }
                // The next REGISTER of this transaction for the same address finds what this one did.
                current[request.address] = decided.current
                changes += decided.removals.map { .remove(ruid: $0.ruid, of: request.address) }
                changes += decided.puts.map { .put($0) }
                return .accepted(
                    Registrar.listing(decided.current, settings: settings, now: request.now))
            } catch {
                return .refused(error)
            }
        }
        guard !changes.isEmpty else { return outcomes }
        for request in requests {
            request.attempted.bindings.withLock { $0 = current[request.address] ?? [] }
        }
        try store.write(changes, connection)
        return outcomes
    }
}
