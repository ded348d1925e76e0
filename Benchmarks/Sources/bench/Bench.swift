/// Prints a line of JSON for each row: what an operation costs in nanoseconds of CPU time and in allocations.
///
///     bench [--marks] [NAME…]
///
/// With `--marks` nothing is timed: one pass of each row is run between the marks that callgrind looks for, and the row's
/// name is printed once for each file of counts that this makes. `bench.py` puts the two together.
@main
struct Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let names = arguments.filter { !$0.hasPrefix("--") }
        let isMarking = arguments.contains("--marks")
        for make in rows {
            var benchmark = try await make()
            guard names.isEmpty || names.contains(benchmark.name) else { continue }
            if isMarking {
                try await Measurement.mark(&benchmark)
                for _ in 0..<benchmark.stages { print(benchmark.name) }
            } else {
                print(line(benchmark.name, try await Measurement.of(&benchmark)))
            }
        }
    }

    private static let rows: [@Sendable () async throws -> any Benchmark] = [
        { try ParseBenchmark() }, { try CheckBenchmark() }, { try ForwardBenchmark() },
        { try MatchBenchmark() }, { try DigestBenchmark() }, { try await RegisterBenchmark() },
        { try await LookUpBenchmark() }, { try await CallBenchmark() },
    ]

    private static func line(_ name: String, _ measured: Measurement) -> String {
        let nanoseconds = Int(measured.nanoseconds.rounded())
        let allocations = (measured.allocations * 100).rounded() / 100
        return #"{"name":"\#(name)","ns":\#(nanoseconds),"allocations":\#(allocations)}"#
    }
}
