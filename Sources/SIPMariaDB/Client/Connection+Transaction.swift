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
}
