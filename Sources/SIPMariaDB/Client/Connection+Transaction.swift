import Foundation

extension Connection {
    /// Everything in one commit: all of it is durable when this returns, nothing when it throws.
    func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("START TRANSACTION")
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            // When this fails the connection is gone, and the server has rolled back.
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Does something that is one commit, and again when another transaction was in its way, as long as the deadline of a
    /// statement lets it.
    ///
    /// Two that lock the place where both will insert are each in the other's way, however they are ordered: InnoDB undoes
    /// one of them. Those that were undone go one after the other, by a lock of the server's, where it has such locks (Galera
    /// does not); and each waits for a random moment, longer each time, so that the others are through.
    func retryingConflicts<Value>(_ body: () throws -> Value) throws -> Value {
        let deadline = ContinuousClock.now + timeout
        var longest = 2
        var isQueued = false
        // The lock ends with the connection as well.
        defer { if isQueued { _ = try? execute("DO RELEASE_LOCK(\(Self.lockName))", []) } }
        while true {
            do {
                return try body()
            } catch let error as ServerError where error.isConflict {
                let milliseconds = Int.random(in: 1...longest)
                let needed =
                    error.isLockTimeout ? lockTimeout : Duration.milliseconds(milliseconds)
                guard ContinuousClock.now + needed < deadline else { throw error }
                // The lane's own thread: it has nothing else to do.
                Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
                longest = min(64, longest * 2)
                if !isQueued, !error.isLockTimeout { isQueued = takesLock() }
            }
        }
    }

    /// Of the database; a server takes 64 characters.
    private static let lockName = "LEFT(CONCAT('sip.', DATABASE()), 64)"

    private func takesLock() -> Bool {
        var isTaken = false
        let seconds = Value.integer(lockTimeout.components.seconds)
        try? query("SELECT GET_LOCK(\(Self.lockName), ?)", [seconds]) { row in
            isTaken = row.integer(0) == 1
        }
        return isTaken
    }
}
