import Glibc
import Logging
import SIPProxy
import SIPTransport
import ServiceLifecycle
import UnixSignals

/// What `sipd reload` and SIGHUP do: everything that can change while it runs is read again.
struct Reload: Sendable {
    /// What the process runs with.
    let running: Settings
    /// Reads the file, the environment and the flags of the start once more.
    let reread: @Sendable () throws -> Settings
    let threshold: LogThreshold
    let logger: Logger
    let registrations: Registrations
    let accounts: Accounts
    let permissions: Permissions
    let gateways: Gateways
    let flood: FloodProtection?
    let proxy: Proxy

    /// - Throws: `Failure`: for wrong settings, then nothing has changed; for what can't be read, then that stays as it was and all
    ///   else is read.
    func callAsFunction() async throws -> ReloadReport {
        do {
            let report = try await carryOut()
            logger.notice(
                "reloaded",
                metadata: ["accounts": "\(report.accounts)", "log_level": "\(report.logLevel)"])
            if !report.needRestart.isEmpty {
                logger.warning(
                    "changed settings wait for a restart",
                    metadata: ["settings": "\(report.needRestart.joined(separator: ","))"])
            }
            return report
        } catch {
            logger.error("reload failed", metadata: ["reason": "\(error)"])
            throw error
        }
    }

    /// Brings aliases, accounts and tables in memory up to date.
    ///
    /// - Throws: `Failure` for what can't be read; it stays as it was, and all else is read.
    func refresh() async throws(Failure) {
        var unread = Unread()
        do { try await registrations.refreshAliases() } catch { unread.add("aliases", error) }
        do { try await accounts.reload() } catch { unread.add("accounts", error) }
        do { try await permissions.refresh() } catch { unread.add("tables", error) }
        try unread.check()
    }

    /// Brings aliases and tables in memory up to date; accounts stay as they are.
    ///
    /// - Throws: `Failure` for what can't be read; it stays as it was, and all else is read.
    func refreshTables() async throws(Failure) {
        var unread = Unread()
        do { try await registrations.refreshAliases() } catch { unread.add("aliases", error) }
        do { try await permissions.refresh() } catch { unread.add("tables", error) }
        try unread.check()
    }

    /// What could not be read, and why the first of it could not.
    private struct Unread {
        private var what: [String] = []
        private var first: (any Error)?

        mutating func add(_ what: String, _ error: any Error) {
            self.what.append(what)
            first = first ?? error
        }

        func check() throws(Failure) {
            guard let first else { return }
            let failure = Failure(anything: first)
            throw Failure(
                failure.code,
                "\(what.joined(separator: ", ")) stay as they were: \(failure.description)")
        }
    }

    private func carryOut() async throws -> ReloadReport {
        let settings = try reread()
        if running.tlsSettings != nil, let tls = settings.tlsSettings {
            // The files are read again even where their names are the same: certificates are renewed in place.
            do {
                try proxy.reload(tls)
            } catch {
                throw Failure(.configuration, "tls: \(error)")
            }
        }
        proxy.reloadNameServers()
        threshold.level = settings.log.level.level
        gateways.replace(with: settings.gateways)
        try await refresh()
        return ReloadReport(
            accounts: accounts.count, tables: await permissions.counts,
            logLevel: settings.log.level.rawValue, needRestart: running.needRestart(for: settings))
    }
}

extension Settings {
    /// The settings that differ in `new` and can not change while the process runs, by their paths.
    package func needRestart(for new: Settings) -> [String] {
        SettingsKey.all.filter { !isReloaded($0, new) && $0.differs(self, new) }.map(\.path)
            // Who may call out is decided at the start.
            + (callsOut != new.callsOut && pstn == new.pstn ? ["pstn.gateways"] : [])
    }

    private func isReloaded(_ key: SettingsKey, _ new: Settings) -> Bool {
        switch key.path {
        case "log.level", "gateways": true
        case "tls.certificates", "tls.client_verification", "tls.client_authorities",
            "tls.authorities":
            // Whether there is TLS at all is decided at the start.
            tlsSettings != nil && new.tlsSettings != nil
        default: false
        }
    }
}

extension Settings.LogLevel {
    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

/// Reloads at SIGHUP.
struct HangupReload: Service {
    let reload: Reload

    func run() async throws {
        // A reload that fails has said so in the log.
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            _ = try? await reload()
        }
    }
}
