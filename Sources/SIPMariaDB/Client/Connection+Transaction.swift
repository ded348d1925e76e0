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
    /// one of them. It waits for a random moment, longer each time, so that the other is through.
    func retryingConflicts<Value>(_ body: () throws -> Value) throws -> Value {
        let deadline = ContinuousClock.now + timeout
        var longest = 2
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
            }
        }
    }
}
