package import SIPCore
package import SIPLocation

/// When something is sent to which binding behind a NAT: a ring of slots that is gone round once in an interval. What is not due is not
/// looked at.
package struct KeepAliveSchedule: Sendable {
    private struct Record {
        let binding: KeptBinding
        var expiresAt: UnixTime?
        /// OPTIONS in a row that were not answered.
        var silence = 0
    }

    private var records: [UInt64: Record] = [:]
    private var numbers: [AddressOfRecord: [UInt64]] = [:]
    private var issued: UInt64 = 0
    /// The numbers of bindings; those that are kept no longer stay until their slot is due.
    private var slots = [[UInt64]](repeating: [], count: slotCount)
    private var position = 0
    private var next: Instant
    private let step: Duration

    private static let slotCount = 256
    /// Has no divisor in common with the number of slots: those who come one after the other are spread over all of them.
    private static let stride: UInt64 = 97

    /// - Parameter interval: how long a round takes, a second at least.
    package init(interval: Duration, at now: Instant) {
        step = max(interval, .seconds(1)) / Self.slotCount
        next = now + step
    }

    /// How many bindings are kept.
    package var count: Int { records.count }

    /// When the next slot is due; nil when nobody is kept.
    package var nextDeadline: Instant? { records.isEmpty ? nil : next }

    /// The bindings that an address has now. Those that were kept before keep their place; those that are not among them are kept no
    /// longer.
    package mutating func set(
        _ current: [Binding], of address: AddressOfRecord, in location: any Location
    ) {
        var known: [UInt64]?
        var kept: [UInt64] = []
        for binding in current {
            guard let wanted = KeptBinding(binding, in: location) else { continue }
            if known == nil { known = numbers[address] }
            let number =
                known?.first { records[$0]?.binding.isSame(as: wanted) == true } ?? add(wanted)
            records[number]?.expiresAt = binding.expiresAt
            kept.append(number)
        }
        if known == nil, !records.isEmpty { known = numbers[address] }
        guard known != kept else { return }
        for number in known ?? [] where !kept.contains(number) { records[number] = nil }
        numbers[address] = kept.isEmpty ? nil : kept
    }

    private mutating func add(_ binding: KeptBinding) -> UInt64 {
        issued &+= 1
        records[issued] = Record(binding: binding)
        slots[Int(issued &* Self.stride % UInt64(Self.slotCount))].append(issued)
        return issued
    }

    /// The bindings that something is to be sent to, each with its number.
    package mutating func due(
        at now: Instant, _ time: UnixTime
    ) -> [(number: UInt64, binding: KeptBinding)] {
        var due: [(number: UInt64, binding: KeptBinding)] = []
        var turns = 0
        while next <= now {
            next = next + step
            turns += 1
            // Whoever slept for longer than a round catches up with one.
            guard turns <= Self.slotCount else {
                next = now + step
                break
            }
            collect(&due, time)
            position = (position + 1) % Self.slotCount
        }
        return due
    }

    private mutating func collect(
        _ due: inout [(number: UInt64, binding: KeptBinding)], _ time: UnixTime
    ) {
        guard !slots[position].isEmpty else { return }
        var left: [UInt64] = []
        for number in slots[position] {
            guard let record = records[number] else { continue }
            if let end = record.expiresAt, end <= time {
                forget(number, of: record.binding.address)
            } else {
                left.append(number)
                due.append((number, record.binding))
            }
        }
        slots[position] = left
    }

    /// What came of an OPTIONS.
    ///
    /// - Parameters:
    ///   - hasAnswered: whether the phone said anything.
    ///   - maximum: so many OPTIONS may stay without an answer; nil: all of them.
    /// - Returns: whether that is enough, and the binding is to be removed.
    package mutating func note(_ number: UInt64, hasAnswered: Bool, maximum: Int?) -> Bool {
        guard let record = records[number] else { return false }
        guard !hasAnswered else {
            if record.silence > 0 { records[number]?.silence = 0 }
            return false
        }
        records[number]?.silence += 1
        guard let maximum, record.silence + 1 >= maximum else { return false }
        forget(number, of: record.binding.address)
        return true
    }

    private mutating func forget(_ number: UInt64, of address: AddressOfRecord) {
        records[number] = nil
        let others = (numbers[address] ?? []).filter { $0 != number }
        numbers[address] = others.isEmpty ? nil : others
    }
}
