extension DatabaseOptions {
    /// The daemon that runs with these settings; nil when none does.
    ///
    /// - Throws: `Failure`, also when it is not ours.
    func daemon() throws(Failure) -> ControlClient? {
        guard let path = try settings().controlPath else { return nil }
        return try ControlClient.connect(to: path)
    }

    /// The daemon, for what needs one.
    ///
    /// - Throws: `Failure` when none runs.
    func runningDaemon() throws(Failure) -> ControlClient {
        let path = try settings().controlPath
        guard let path else {
            throw Failure(
                .configuration, "these settings have no control socket: name one with control:")
        }
        guard let client = try ControlClient.connect(to: path) else {
            throw Failure(.unavailable, "no sipd runs: none listens on the control socket \(path)")
        }
        return client
    }

    /// Carries out a request on registrations: in the daemon when one runs, else on the database.
    ///
    /// - Throws: `Failure`; what `receive` throws.
    func perform(_ request: ControlRequest, _ receive: (ControlReply) throws -> Void) async throws {
        if let daemon = try daemon() {
            try daemon.perform(request) { reply in
                try receive(reply)
                return true
            }
        } else {
            try await performOnDatabase(request, receive)
        }
    }

    /// Carries out a request on the registrations in the database, whether a daemon runs or not.
    ///
    /// - Throws: `Failure`; what `receive` throws.
    func performOnDatabase(
        _ request: ControlRequest, _ receive: (ControlReply) throws -> Void
    ) async throws {
        let domain = try settings().sharedDomain
        try await use { databases in
            let desk = ControlDesk(
                StoredRegistrations(try databases.bindings), daemon: nil, domain: domain)
            try await desk.perform(request) { reply in
                if case .failed(let code, let message) = reply {
                    throw Failure(Failure.Code(rawValue: code) ?? .software, message)
                }
                try receive(reply)
            }
        }
    }

    /// Tells the daemon, when one runs, what was changed in the database.
    ///
    /// - Throws: `Failure` when there is one and it does not take it; the change is made all the same.
    func tellDaemon(_ request: ControlRequest) throws {
        do {
            try daemon()?.perform(request) { _ in true }
        } catch let failure as Failure {
            throw Failure(
                failure.code, "stored, but the running sipd was not told: \(failure.description)")
        }
    }
}

extension ControlReply {
    /// How many registrations were added or removed.
    var count: Int? { if case .done(let count) = self { count } else { nil } }
}
