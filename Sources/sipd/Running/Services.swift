import Logging
import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import ServiceLifecycle

/// The proxy from its first socket to its last, and a log line for each address it listens on.
///
/// It starts inside the service group, which minds signals by then: one that comes early still ends it cleanly.
struct ListeningProxy: Service {
    let proxy: Proxy
    let registrations: Registrations
    let logger: Logger

    func run() async throws {
        try await proxy.start()
        for address in proxy.addresses {
            logger.notice("listening", metadata: ["address": "\(address)"])
        }
        registrations.keepAlive(by: proxy)
        do {
            try await proxy.waitForShutdown()
        } catch {
            await proxy.stop()
            throw error
        }
        await proxy.stop()
    }
}

/// What accounts, registrations and tables need done once a second, and at the end.
struct Upkeep: Service {
    let registrations: Registrations
    let accounts: Accounts
    let permissions: Permissions
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var unwritten = Outage("registrations can't be read or written, kept for later")
            var unread = Outage("accounts can't be read, those in memory grow old")
            var unknown = Outage("tables can't be read, what they said before counts")
            // Cancelled: the sleep throws, and the loop ends.
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                await unwritten.watch(logger) { try await registrations.maintain() }
                await unread.watch(logger) { try await accounts.refresh() }
                await unknown.watch(logger) { try await permissions.maintain(at: .now) }
            }
        }
        guard let count = try await registrations.flush() else { return }
        logger.notice("registrations written", metadata: ["count": "\(count)"])
    }
}

/// Something that is tried again and again: it is logged when it begins to fail, not each time, and when it works again.
private struct Outage {
    private let message: Logger.Message
    private var isOn = false

    init(_ message: Logger.Message) { self.message = message }

    mutating func watch<Result>(_ logger: Logger, _ work: () async throws -> Result) async {
        do {
            _ = try await work()
            if isOn { logger.notice("over", metadata: ["was": "\(message)"]) }
            isOn = false
        } catch {
            if !isOn { logger.error(message, metadata: ["reason": "\(error)"]) }
            isOn = true
        }
    }
}
