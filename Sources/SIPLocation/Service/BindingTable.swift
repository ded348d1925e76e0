package import SIPCore

/// The bindings of one stripe in memory: a chained hash table over a slab, 32 bytes a binding beside its buffer.
///
/// Bindings of one address hang in the chain of its hash. Those that expire in the same second are linked too, so that
/// expiry touches nothing else.
package struct BindingTable {
    private struct Record {
        var binding: Binding?
        var hash: UInt32
        /// The next record in the chain of a bucket, or in the list of free ones.
        var next: UInt32
        /// The second it expires in; `never` for permanent contacts.
        var due: UInt32
        var previousDue: UInt32
        var nextDue: UInt32
    }

    private static let none = UInt32.max
    private static let never = UInt32.max

    private var records: [Record] = []
    private var free = none
    private var buckets = [UInt32](repeating: none, count: 16)
    /// The first record of each second's list.
    private var dueHeads: [UInt32: UInt32] = [:]
    private var earliestDue = never

    package private(set) var count = 0
    package private(set) var addressCount = 0

    package init() {}

    /// The bindings of an address, expired ones too, in no order.
    package func bindings(of address: AddressOfRecord, hash: UInt32) -> [Binding] {
        var found: [Binding] = []
        var index = buckets[bucket(hash)]
        while index != Self.none {
            let here = Int(index)
            if records[here].hash == hash, let binding = records[here].binding,
                binding.belongs(to: address)
            {
                found.append(binding)
            }
            index = records[here].next
        }
        return found
    }

    /// Adds the binding, or takes it in place of the one with its ruid.
    package mutating func put(_ binding: Binding, hash: UInt32) {
        let address = binding.address
        let ruid = binding.ruid
        var index = buckets[bucket(hash)]
        var isNewAddress = true
        while index != Self.none {
            let here = Int(index)
            if records[here].hash == hash, let other = records[here].binding,
                other.belongs(to: address)
            {
                if other.ruid == ruid {
                    unlinkDue(index)
                    records[here].binding = binding
                    linkDue(index, binding)
                    return
                }
                isNewAddress = false
            }
            index = records[here].next
        }
        if isNewAddress { addressCount += 1 }
        insert(binding, hash)
    }

    /// Removes the binding with this ruid, when it is there.
    package mutating func remove(_ ruid: ByteSlice, of address: AddressOfRecord, hash: UInt32) {
        var index = buckets[bucket(hash)]
        while index != Self.none {
            let here = Int(index)
            if records[here].hash == hash, let binding = records[here].binding,
                binding.ruid == ruid, binding.belongs(to: address)
            {
                remove(index)
                return
            }
            index = records[here].next
        }
    }

    /// Removes what has expired at `now`.
    package mutating func expire(at now: UnixTime) -> [Binding] {
        let second = UInt32(clamping: now.seconds)
        var expired: [Binding] = []
        while earliestDue <= second, earliestDue != Self.never {
            var index = dueHeads[earliestDue] ?? Self.none
            while index != Self.none {
                let next = records[Int(index)].nextDue
                if let binding = records[Int(index)].binding { expired.append(binding) }
                remove(index)
                index = next
            }
            moveToNextDue(second)
        }
        return expired
    }

    /// All bindings, expired ones too.
    package func all() -> [Binding] { records.compactMap(\.binding) }
}

extension BindingTable {
    private func bucket(_ hash: UInt32) -> Int { Int(hash) & (buckets.count - 1) }

    private mutating func insert(_ binding: Binding, _ hash: UInt32) {
        if count >= buckets.count { grow() }
        let record = Record(
            binding: binding, hash: hash, next: buckets[bucket(hash)], due: Self.never,
            previousDue: Self.none, nextDue: Self.none)
        let index: UInt32
        if free != Self.none {
            index = free
            free = records[Int(index)].next
            records[Int(index)] = record
        } else {
            index = UInt32(truncatingIfNeeded: records.count)
            records.append(record)
        }
        buckets[bucket(hash)] = index
        count += 1
        linkDue(index, binding)
    }

    private mutating func remove(_ index: UInt32) {
        let record = records[Int(index)]
        guard let binding = record.binding else { return }
        unlinkDue(index)
        let bucket = bucket(record.hash)
        if buckets[bucket] == index {
            buckets[bucket] = record.next
        } else {
            var before = Int(buckets[bucket])
            while records[before].next != index { before = Int(records[before].next) }
            records[before].next = record.next
        }
        records[Int(index)].binding = nil
        records[Int(index)].next = free
        free = index
        count -= 1
        if !hasBinding(of: binding.address, record.hash) { addressCount -= 1 }
    }

    private func hasBinding(of address: AddressOfRecord, _ hash: UInt32) -> Bool {
        var index = buckets[bucket(hash)]
        while index != Self.none {
            let here = Int(index)
            if records[here].hash == hash, records[here].binding?.belongs(to: address) == true {
                return true
            }
            index = records[here].next
        }
        return false
    }

    /// Twice the buckets. Stripes keep a table small enough that this takes well below a millisecond.
    private mutating func grow() {
        buckets = [UInt32](repeating: Self.none, count: buckets.count * 2)
        for index in records.indices where records[index].binding != nil {
            let bucket = bucket(records[index].hash)
            records[index].next = buckets[bucket]
            buckets[bucket] = UInt32(truncatingIfNeeded: index)
        }
    }
}

// The lists of what expires together.
extension BindingTable {
    private mutating func linkDue(_ index: UInt32, _ binding: Binding) {
        guard let expiresAt = binding.expiresAt else { return }
        let due = UInt32(clamping: expiresAt.seconds)
        // In 2106 and later: such a binding keeps its place until a restart.
        guard due != Self.never else { return }
        let head = dueHeads[due] ?? Self.none
        records[Int(index)].due = due
        records[Int(index)].previousDue = Self.none
        records[Int(index)].nextDue = head
        if head != Self.none { records[Int(head)].previousDue = index }
        dueHeads[due] = index
        earliestDue = min(earliestDue, due)
    }

    private mutating func unlinkDue(_ index: UInt32) {
        let record = records[Int(index)]
        guard record.due != Self.never else { return }
        if record.nextDue != Self.none {
            records[Int(record.nextDue)].previousDue = record.previousDue
        }
        if record.previousDue != Self.none {
            records[Int(record.previousDue)].nextDue = record.nextDue
        } else {
            dueHeads[record.due] = record.nextDue == Self.none ? nil : record.nextDue
        }
        records[Int(index)].due = Self.never
        records[Int(index)].previousDue = Self.none
        records[Int(index)].nextDue = Self.none
    }

    /// After a second is done: the next one up to `second` that has a list, or the first after it.
    ///
    /// Stepping costs a look-up a second; after a jump of the clock the lists are fewer than the seconds.
    private mutating func moveToNextDue(_ second: UInt32) {
        guard !dueHeads.isEmpty else {
            earliestDue = Self.never
            return
        }
        if Int(second - earliestDue) < dueHeads.count {
            earliestDue += 1
        } else {
            earliestDue = dueHeads.keys.min() ?? Self.never
        }
    }
}
