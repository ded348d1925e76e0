import SIPCore

/// Probes the gateways when it is their turn, and tells what changed, as long as its task runs.
struct GatewayWatch: Sendable {
    private let gateways: Gateways
    private let running: Running

    /// How often it looks: so late are a probe that somebody asks for, and the word that a gateway is down.
    private static let look = Duration.milliseconds(250)

    init(_ gateways: Gateways, running: Running) {
        self.gateways = gateways
        self.running = running
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            // Cancelled: the sleep throws, and the loop ends.
            repeat {
                let (probes, changes, _) = gateways.due(at: Clock.instant)
                for change in changes { running.engine.onEvent(.gateway(change)) }
                for probe in probes {
                    group.addTask {
                        let result = await running.ask(
                            Target(uri: probe.uri), within: probe.timeout, user: nil)
                        gateways.probed(probe.id, result.probeAnswer, at: Clock.instant)
                    }
                }
            } while (try? await Task.sleep(for: Self.look)) != nil
        }
    }
}
