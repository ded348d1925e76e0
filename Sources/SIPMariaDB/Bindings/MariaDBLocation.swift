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
    }

    private let bindings: MariaDBBindings
    private let aliases: MariaDBAliasLookup
    private let registrations: Gathering<Request, RegistrationOutcome>

    /// - Parameters:
    ///   - aliases: the database with the aliases; nil when it is the same.
    ///   - registrar: how REGISTERs are decided.
    public init(
        _ database: MariaDBDatabase, aliases: MariaDBDatabase? = nil,
        registrar: RegistrarSettings = RegistrarSettings()
    ) {
        let store = MariaDBBindings(database)
        bindings = store
        self.aliases = MariaDBAliasLookup(aliases ?? database)
        let names = RUIDs()
        registrations = Gathering(
            "register", on: database.writes, limit: database.settings.maximumWaiting,
            batchSize: database.settings.batchSize
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
        try await registrations.answer(
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
        try await aliases.target(of: address)
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
        var changes: [BindingChange] = []
        let outcomes = requests.map { request -> RegistrationOutcome in
            do throws(RegistrationRefusal) {
                let decided = try Registrar.decide(
                    request.registration, for: request.address,
                    existing: current[request.address] ?? [], settings: settings, now: request.now,
                    newRUID: names.next)
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
        if !changes.isEmpty { try store.write(changes, connection) }
        return outcomes
    }
}

/// Names for new bindings that no other process gives.
private final class RUIDs: Sendable {
    private let epoch = String(UInt64.random(in: .min ... .max), radix: 16)
    private let serial = Atomic<UInt64>(0)

    func next() -> ByteSlice {
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return ByteSlice("\(epoch)-\(String(number, radix: 16))")
    }
}
