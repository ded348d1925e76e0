public import SIPCore
public import SIPLocation
import Synchronization

/// The bindings in the table `location`.
public final class MariaDBBindings: BindingStore {
    private let database: MariaDBDatabase
    /// In tables without `ruid`: the contacts of the bindings that this process has put, by their ruid.
    private let contacts = Mutex<[ByteSlice: ByteSlice]>([:])
    private let layouts: LocationLayouts
    private let gathering: Gathering<AddressOfRecord, [Binding]>

    public init(_ database: MariaDBDatabase) {
        self.database = database
        let settings = database.settings
        let layouts = LocationLayouts(settings)
        self.layouts = layouts
        gathering = Gathering(
            "look up bindings", on: database.lookups, limit: settings.maximumWaiting,
            batchSize: settings.batchSize
        ) { connection, addresses in
            let layout = try layouts.layout(connection)
            return try Self.bindings(of: addresses, layout, connection).map { .success($0) }
        }
    }

    public func load(_ receive: @escaping @Sendable ([Binding]) -> Void) async throws {
        var position: [Value]?
        var (skipped, homeless) = (0, 0)
        repeat {
            let start = position
            let page = try await database.tables.run("read the bindings") { [database] connection in
                let layout = try self.layouts.layout(connection)
                let page = try LocationPage(
                    layout, after: start, database.settings.pageSize, connection)
                receive(page.bindings)
                let homeless = page.bindings.count { $0.address.host.isEmpty }
                return (end: page.end, skipped: page.skipped, homeless: homeless)
            }
            position = page.end
            skipped += page.skipped
            homeless += page.homeless
        } while position != nil
        let table = database.settings.tables.location
        if homeless > 0 {
            database.warn(
                """
                \(homeless) rows of table \(table) name no domain, and nobody is found by them; a program with use_domain 0 \
                writes such rows: with mariadb.use_domain false they serve
                """)
        }
        if skipped > 0 {
            database.warn("\(skipped) rows of table \(table) are no bindings and were passed over")
        }
    }

    public func apply(_ changes: [BindingChange]) async throws {
        try await database.writes.run("store the bindings", waitsForCompany: true) { connection in
            try self.apply(changes, connection)
        }
    }

    public func expire(at now: UnixTime) async throws -> Int {
        var total = 0
        while true {
            // In portions, so that a REGISTER never waits for thousands of deletions.
            let count = try await database.writes.run("remove expired bindings") { connection in
                let layout = try self.layouts.layout(connection)
                return try connection.execute(
                    "DELETE FROM \(layout.table.quoted) WHERE \(layout.expiredCondition) LIMIT 1000",
                    layout.expired(at: now))
            }
            total += count
            guard count > 0 else { return total }
        }
    }

    /// The bindings of an address as the database has them now, expired ones too; questions that wait at the same moment
    /// are asked in one statement.
    ///
    /// - Throws: `StoreError`.
    public func bindings(of address: AddressOfRecord) async throws -> [Binding] {
        try await gathering.answer(address)
    }

    /// The live bindings in the table, of one address or of all. For commands that work without a running service.
    ///
    /// - Throws: `StoreError`.
    public func list(_ address: AddressOfRecord? = nil, at now: UnixTime) async throws -> [Binding]
    {
        if let address { return try await bindings(of: address).filter { $0.isLive(at: now) } }
        let all = Mutex<[Binding]>([])
        try await load { page in
            let live = page.filter { $0.isLive(at: now) }
            all.withLock { $0 += live }
        }
        return all.withLock { $0 }
    }

    /// Removes all bindings of an address, permanent ones too.
    ///
    /// - Returns: how many there were.
    /// - Throws: `StoreError`.
    public func remove(_ address: AddressOfRecord) async throws -> Int {
        try await database.writes.run("remove the bindings") { connection in
            let layout = try self.layouts.layout(connection)
            return try connection.execute(
                """
                DELETE FROM \(layout.table.quoted) \
                WHERE \(layout.addressCondition) AND BINARY username = ?
                """, layout.addressValues(address) + [.bytes(address.user)])
        }
    }

    /// Makes the changes in one commit.
    func apply(_ changes: [BindingChange], _ connection: Connection) throws {
        let layout = try layouts.layout(connection)
        let plan = try BindingPlan(changes, layout) { ruid in
            contacts.withLock { $0[ruid] }
        }
        try plan.carryOut(on: connection)
        guard layout.key == .contact else { return }
        contacts.withLock { contacts in
            for change in changes {
                switch change {
                case .put(let binding): contacts[binding.ruid] = binding.uri
                case .remove(let ruid, _): contacts[ruid] = nil
                }
            }
        }
    }

    /// The bindings of addresses, their rows locked until the transaction ends.
    func locked(
        _ addresses: [AddressOfRecord], _ connection: Connection
    ) throws -> [AddressOfRecord: [Binding]] {
        let found = try Self.bindings(
            of: addresses, layouts.layout(connection), connection, isLocking: true)
        return Dictionary(zip(addresses, found)) { first, _ in first }
    }

    /// Makes changes within a transaction, without remembering what was put: for who reads the rows again before the next
    /// change.
    func write(_ changes: [BindingChange], _ connection: Connection) throws {
        try BindingPlan(changes, layouts.layout(connection)) { _ in nil }.statements(connection)
    }

    private static func bindings(
        of addresses: [AddressOfRecord], _ layout: LocationLayout, _ connection: Connection,
        isLocking: Bool = false
    ) throws -> [[Binding]] {
        let size = BatchSize.fitting(addresses.count)
        var asked = addresses
        while asked.count < size, let last = addresses.last { asked.append(last) }
        let condition = Array(repeating: "(\(layout.addressCondition))", count: size)
        var found: [ByteSlice: [Binding]] = [:]
        var reader = LocationReader(layout)
        try connection.query(
            """
            SELECT \(layout.selection) FROM \(layout.table.quoted) \
            WHERE \(condition.joined(separator: " OR "))\(isLocking ? " FOR UPDATE" : "")
            """, asked.flatMap(layout.addressValues)
        ) { row in
            guard let binding = reader.binding(row) else { return }
            found[binding.address.user, default: []].append(binding)
        }
        return addresses.map { address in
            (found[address.user] ?? []).filter {
                !layout.settings.usesDomain || $0.address == address
            }
        }
    }
}
