package import CoreMetrics
import Synchronization

/// The counters of the process in memory, for `sipd monitor`. What is no counter is not kept.
package final class Tally: MetricsFactory {
    private struct Name: Hashable {
        let label: String
        let dimensions: [String]
    }

    private let counters = Mutex<[Name: Count]>([:])

    package init() {}

    /// The sum of the counters with this label by the value of a dimension.
    package func sums(of label: String, by dimension: String) -> [String: Int64] {
        counters.withLock { counters in
            var sums: [String: Int64] = [:]
            for (name, count) in counters where name.label == label {
                guard
                    let value = name.dimensions.first(where: { $0.hasPrefix(dimension + "=") })
                else { continue }
                sums[String(value.dropFirst(dimension.count + 1)), default: 0] += count.value
            }
            return sums
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = Name(label: label, dimensions: dimensions.map { "\($0)=\($1)" })
        return counters.withLock { counters in
            if let count = counters[name] { return count }
            let count = Count()
            counters[name] = count
            return count
        }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    // A counter made again counts on: the proxy makes some at every event.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

private final class Count: CounterHandler {
    private let total = Atomic<Int64>(0)

    var value: Int64 { total.load(ordering: .relaxed) }

    func increment(by amount: Int64) { total.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { total.store(0, ordering: .relaxed) }
}
