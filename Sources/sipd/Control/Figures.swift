/// What a running `sipd` is doing, at a moment; counts are since its start.
package struct Figures: Codable, Equatable, Sendable {
    package var process: Int32
    /// Seconds since the start.
    package var uptime: Double
    /// Contacts that are registered, and the addresses that they belong to; nil in mode 3, where the database alone knows.
    package var registrations: Int?
    package var addresses: Int?
    /// Mode 2: changes that are not in the database yet.
    package var unsaved = 0
    /// Mode 1: registrations that wait for a commit.
    package var waiting = 0
    /// Accounts in memory.
    package var accounts = 0
    package var transactions = 0
    /// Messages from and to the network.
    package var received = 0
    package var sent = 0
    /// Final responses by their class, those of others that we passed on and our own: `2xx`.
    package var replies: [String: Int64] = [:]
    /// Resident memory in bytes.
    package var memory = 0
    /// Seconds of processor time.
    package var processor: Double = 0

    package init(process: Int32, uptime: Double) {
        self.process = process
        self.uptime = uptime
    }
}

/// What happened between two moments, a second.
package struct FigureRates: Codable, Equatable, Sendable {
    package var received: Double
    package var sent: Double
    package var replies: [String: Double]
    /// In percent of one processor.
    package var processor: Double

    /// nil when no time has passed, or the two are of different processes.
    package init?(from before: Figures, to now: Figures) {
        let seconds = now.uptime - before.uptime
        guard seconds > 0, before.process == now.process else { return nil }
        received = Double(now.received - before.received) / seconds
        sent = Double(now.sent - before.sent) / seconds
        replies = now.replies.reduce(into: [:]) { rates, reply in
            rates[reply.key] = Double(reply.value - (before.replies[reply.key] ?? 0)) / seconds
        }
        processor = (now.processor - before.processor) / seconds * 100
    }
}
