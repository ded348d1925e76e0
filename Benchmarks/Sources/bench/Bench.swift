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
        if arguments.contains("--marks") {
            try await mark(names)
        } else {
            try await measure(names)
        }
    }

    /// On the main thread: callgrind counts that one.
    private static func mark(_ names: [String]) async throws {
        for (name, make) in rows
        where names.isEmpty ? !long.contains(name) : names.contains(name) {
            var benchmark = try await make()
            try await Measurement.mark(&benchmark)
            for _ in 0..<benchmark.stages { print(name) }
        }
    }

    /// Not on the main actor: what leaves it and comes back would cost two changes of thread.
    @concurrent private static func measure(_ names: [String]) async throws {
        for (name, make) in rows where names.isEmpty || names.contains(name) {
            var benchmark = try await make()
            print(line(name, try await Measurement.of(&benchmark)))
        }
    }

    private static let rows: [(String, @Sendable () async throws -> any Benchmark)] = [
        ("parse", { try ParseBenchmark() }),
        ("check", { try CheckBenchmark() }),
        ("forward", { try ForwardBenchmark() }),
        ("match", { try MatchBenchmark() }),
        ("digest", { try DigestBenchmark() }),
        ("register", { try await RegisterBenchmark() }),
        ("lookup", { try await LookUpBenchmark() }),
        ("registration", { try await RegistrationBenchmark() }),
        ("call", { try await CallBenchmark(isTrusted: true) }),
        ("authenticated-call", { try await CallBenchmark(isTrusted: false) }),
        ("fork1", { try ForkBenchmark(width: 1) }),
        ("fork10", { try ForkBenchmark(width: 10) }),
        ("fork20", { try ForkBenchmark(width: 20) }),
        ("storm", { StormBenchmark() }),
    ]

    /// Rows that are timed, and whose instructions nobody waits for.
    private static let long: Set = ["fork1", "fork10", "fork20", "storm"]

    private static func line(_ name: String, _ measured: Measurement) -> String {
        let nanoseconds = Int(measured.nanoseconds.rounded())
        let allocations = (measured.allocations * 100).rounded() / 100
        return #"{"name":"\#(name)","ns":\#(nanoseconds),"allocations":\#(allocations)}"#
    }
}
