import Logging
import SIPCore
import SIPLocation
import SIPProxy
import ServiceLifecycle

/// The proxy from its first socket to its last, and a log line for each address it listens on.
///
/// It starts inside the service group, which minds signals by then: one that comes early still ends it cleanly.
struct ListeningProxy: Service {
    let proxy: Proxy
    let logger: Logger

    func run() async throws {
        try await proxy.start()
        for address in proxy.addresses {
            logger.notice("listening", metadata: ["address": "\(address)"])
        }
        try? await gracefulShutdown()
        await proxy.stop()
    }
}

/// What the location service needs done once a second, and at the end.
struct LocationUpkeep: Service {
    let location: LocationService
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isFailing = false
            // Cancelled: the sleep throws, and the loop ends.
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                do {
                    try await location.maintain(at: .now)
                    if isFailing { logger.notice("registrations are written again") }
                    isFailing = false
                } catch {
                    // Once a fault, not once a second.
                    if !isFailing {
                        logger.error(
                            "registrations can't be written, kept for later",
                            metadata: ["reason": "\(error)"])
                    }
                    isFailing = true
                }
            }
        }
        guard location.mode == .writeBack else { return }
        let count = try await location.flush()
        logger.notice("registrations written", metadata: ["count": "\(count)"])
    }
}
