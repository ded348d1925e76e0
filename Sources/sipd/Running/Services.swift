import Logging
import SIPCore
import SIPLocation
import SIPProxy
import ServiceLifecycle

/// A proxy that was started already, until it is told to stop.
struct ProxyUntilShutdown: Service {
    let proxy: Proxy

    func run() async throws {
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
        let count = try await location.flush()
        logger.notice("registrations written", metadata: ["count": "\(count)"])
    }
}
