import SIPCore
import SIPLocation

/// Changes as the statements that make them: at most one that removes and one that puts, each with an array of rows.
struct BindingPlan {
    /// The most bytes that go into one statement, well below the server's `max_allowed_packet` of 16 MB.
    private static let statementSize = 4_000_000

    private let layout: LocationLayout
    private var removals: [[Value]] = []
    private var puts: [[Value]] = []

    /// - Parameter contact: the contact of a binding that this process has put before, by its ruid.
    /// - Throws: ``StoreError`` of kind `refused` when a value does not fit its column.
    init(
        _ changes: [BindingChange], _ layout: LocationLayout, contact: (ByteSlice) -> ByteSlice?
    ) throws(StoreError) {
        self.layout = layout
        // The last word on a binding counts. Each row is named by its ruid, or is removed before it is put: so the order
        // among bindings does not matter, and one order for all keeps two writers from waiting for each other.
        var last: [ByteSlice: BindingChange] = [:]
        for change in changes { last[change.ruid] = change }
        let ordered = last.values.sorted { $0.ruid.lexicographicallyPrecedes($1.ruid) }
        for change in ordered {
            switch change {
            case .put(let binding):
                puts.append(try layout.values(binding))
                guard layout.key == .contact else { continue }
                removals.append(
                    layout.removal(ruid: binding.ruid, contact: binding.uri, of: binding.address))
                if let former = contact(binding.ruid)
                    ?? RowName.contact(binding.ruid, of: binding.address), former != binding.uri
                {
                    removals.append(
                        layout.removal(
                            ruid: binding.ruid, contact: former, of: binding.address))
                }
            case .remove(let ruid, let address):
                let former = contact(ruid) ?? RowName.contact(ruid, of: address)
                guard layout.key == .ruid || former != nil else { continue }
                removals.append(layout.removal(ruid: ruid, contact: former, of: address))
            }
        }
    }

    func carryOut(on connection: Connection) throws {
        // One statement is a transaction of its own, and costs one round trip where a transaction costs three more.
        let isOneStatement =
            removals.count + puts.count == 1
            || connection.executesArrays && removals.isEmpty && size(puts) <= Self.statementSize
        guard !isOneStatement else { return try statements(connection) }
        try connection.transaction { try statements(connection) }
    }

    /// The statements alone: for who has begun a transaction.
    func statements(_ connection: Connection) throws {
        for portion in portions(removals) { try connection.execute(layout.remove, rows: portion) }
        for portion in portions(puts) { try connection.execute(layout.put, rows: portion) }
    }

    private func portions(_ rows: [[Value]]) -> [[[Value]]] {
        guard size(rows) > Self.statementSize else { return rows.isEmpty ? [] : [rows] }
        var portions: [[[Value]]] = []
        var portion: [[Value]] = []
        var filled = 0
        for row in rows {
            let size = size([row])
            if !portion.isEmpty, filled + size > Self.statementSize {
                portions.append(portion)
                portion = []
                filled = 0
            }
            portion.append(row)
            filled += size
        }
        return portions + [portion]
    }

    private func size(_ rows: [[Value]]) -> Int {
        rows.reduce(0) { sum, row in
            row.reduce(sum) { sum, value in
                if case .bytes(let bytes) = value { sum + bytes.count + 9 } else { sum + 9 }
            }
        }
    }
}
