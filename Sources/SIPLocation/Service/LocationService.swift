public import SIPCore
import Synchronization

/// The location service of RFC 3261 section 10 in memory, with a store behind it: what routes ask and REGISTERs change.
///
/// Look-ups never wait: they read one of many tables behind a lock. Nothing here keeps time; who runs it calls
/// ``maintain(at:)`` about once a second and ``flush()`` at the end.
public final class LocationService: Location {
    /// When a registration is durable; the numbers are SER's `db_mode`.
    public enum Mode: Int, Hashable, Sendable, CaseIterable {
        /// Never: a restart forgets all.
        case memory = 0
        /// Before it is answered: nothing that was answered 200 is lost.
        case writeThrough = 1
        /// Within ``Settings/flushInterval`` and at the end: a crash loses at most the interval.
        case writeBack = 2
    }

    public struct Settings: Hashable, Sendable {
        public var registrar = RegistrarSettings()
        /// Mode 2: the seconds between two writes to the store.
        public var flushInterval: Int64 = 60
        /// Mode 1: how many registrations may wait for a commit; more are refused as overload.
        public var maximumWaiting = 10_000
        /// Mode 1: how many registrations may wait for one of the same address; more are refused as overload.
        public var maximumWaitingForAddress = 100
        /// How many changes go into one commit.
        public var batchSize = 1000

        public init() {}
    }

    public let mode: Mode
    public let settings: Settings
    let stripes: [Stripe]
    let store: (any BindingStore)?
    let aliases: AliasTable?
    let group: GroupCommit?
    let upkeep = Mutex(Upkeep())
    let flushing = Turns<Upkeep.Work>()
    private let epoch: String
    private let serial = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - store: where bindings outlive the process; without one the mode is ``Mode/memory``, whatever was asked for.
    ///   - aliases: where aliases are looked up; nil when there are none.
    ///   - epoch: a number that no run of the program had before, the first part of every `ruid`.
    public init(
        mode: Mode = .memory, store: (any BindingStore)? = nil,
        aliases: (any AliasStore)? = nil, settings: Settings = Settings(),
        epoch: UInt64 = .random(in: .min ... .max)
    ) {
        self.mode = store == nil ? .memory : mode
        self.store = mode == .memory ? nil : store
        self.aliases = aliases.map { AliasTable($0) }
        self.settings = settings
        self.epoch = String(epoch, radix: 16)
        stripes = (0..<64).map { _ in Stripe() }
        group =
            mode == .writeThrough
            ? store.map {
                GroupCommit(
                    store: $0, limit: settings.maximumWaiting, batchSize: settings.batchSize)
            } : nil
    }

    public func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
        current(of: address, at: now)
    }

    /// ``bindings(of:at:)``, for those who can't wait: it never does.
    public func current(of address: AddressOfRecord, at now: UnixTime) -> [Binding] {
        let (stripe, hash) = place(of: address)
        var found = stripe.state.withLock { $0.table.bindings(of: address, hash: hash) }
        found.removeAll { !$0.isLive(at: now) }
        if found.count > 1 { found.sort(by: Binding.precedes) }
        return found
    }

    public func alias(of address: AddressOfRecord) async throws -> URI? {
        aliases?.targets(of: address).first
    }

    public func aliases(of address: AddressOfRecord) async throws -> [URI] {
        aliases?.targets(of: address) ?? []
    }

    /// The stripe of an address, and its hash. Swift's hash is keyed with a random number a process: addresses come
    /// from the network.
    func place(of address: AddressOfRecord) -> (Stripe, UInt32) {
        var hasher = Hasher()
        hasher.combine(address.bytes)
        let hash = UInt(bitPattern: hasher.finalize())
        return (stripes[Int(hash >> 58)], UInt32(truncatingIfNeeded: hash))
    }

    func newRUID() -> ByteSlice {
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return ByteSlice("\(epoch)-\(String(number, radix: 16))")
    }
}
