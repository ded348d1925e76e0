import SIPCore
import SIPLocation

/// A column of the table of bindings, and what of a binding it holds.
struct LocationColumn: Sendable {
    enum Meaning: CaseIterable, Sendable {
        case ruid, username, domain, contact, parameters, received, path, expires, q, callID, cseq
        case lastModified, flags, userAgent, socket, methods, instance, regID, connectionID

        /// The column's name, or names.
        var names: [String] {
            switch self {
            case .ruid: ["ruid"]
            case .username: ["username"]
            case .domain: ["domain"]
            case .contact: ["contact"]
            case .parameters: ["parameters"]
            case .received: ["received"]
            case .path: ["path"]
            case .expires: ["expires"]
            case .q: ["q"]
            case .callID: ["callid"]
            case .cseq: ["cseq"]
            case .lastModified: ["last_modified"]
            case .flags: ["flags"]
            case .userAgent: ["user_agent"]
            case .socket: ["socket"]
            case .methods: ["methods"]
            case .instance: ["instance", "sip_instance"]
            case .regID: ["reg_id"]
            case .connectionID: ["connection_id"]
            }
        }
    }

    let meaning: Meaning
    let column: Column

    /// What the column is to hold for a binding.
    ///
    /// - Throws: ``StoreError`` of kind `refused` when it does not fit.
    func value(_ binding: Binding, _ layout: LocationLayout) throws(StoreError) -> Value {
        let clock = ColumnClock(layout.settings.clock)
        switch meaning {
        case .ruid: return try text(binding.ruid, layout)
        case .username: return try text(binding.address.user, layout)
        case .domain:
            guard layout.settings.usesDomain else { return column.isNullable ? .null : .text("") }
            return try text(binding.address.host, layout)
        case .contact: return try text(binding.uri, layout)
        case .parameters: return try text(binding.parameters, layout)
        case .received:
            return try text(binding.received.map(StoredEndpoint.received), layout)
        case .path:
            return try text(binding.pathText.isEmpty ? nil : binding.pathText, layout)
        case .expires:
            return clock.value(binding.expiresAt ?? UnixTime(seconds: 0), for: column)
        case .q:
            // Absent is -1 in the field.
            return .real(binding.q.map { Double($0) / 1000 } ?? -1)
        case .callID: return try text(binding.callID, layout)
        case .cseq: return column.bits(binding.cseq)
        case .lastModified: return clock.value(binding.lastModified, for: column)
        case .flags:
            let isMarked = binding.expiresAt == nil && layout.marksPermanentByFlag
            return column.bits(binding.flags | (isMarked ? 128 : 0))
        case .userAgent:
            // What a phone calls itself is good to know; no phone is refused for it (SER's column takes 50 characters).
            do { return try text(binding.userAgent, layout) } catch { return .text("") }
        case .socket:
            return try text(binding.localSocket.map(StoredEndpoint.socket), layout)
        case .methods:
            return binding.methods.map(column.bits)
                ?? (column.isNullable ? .null : column.bits(.max))
        case .instance: return try text(binding.instance, layout)
        case .regID: return column.bits(binding.regID ?? 0)
        // Kamailio's "none": 0 would be a connection of its own, which it does not find and takes for lost.
        case .connectionID: return .integer(-1)
        }
    }

    private func text(_ text: ByteSlice?, _ layout: LocationLayout) throws(StoreError) -> Value {
        guard let text else { return column.isNullable ? .null : .text("") }
        return try column.check(text, in: layout.table)
    }
}
