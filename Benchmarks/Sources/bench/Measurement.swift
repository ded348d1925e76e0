import CMeasure

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The figures of one row, for one operation.
struct Measurement {
    /// CPU time in nanoseconds, the median of the passes.
    var nanoseconds: Double
    /// Requests for memory in one pass, over its operations.
    var allocations: Double

    /// Runs a benchmark until the median stands still: at least nine passes, and half a second of work.
    static func of(_ benchmark: inout some Benchmark) async throws -> Measurement {
        var times: [Double] = []
        var allocations = 0.0
        var total: UInt64 = 0
        var pass = 0
        while times.count < 9 || total < 500_000_000 {
            var spent: UInt64 = 0
            var taken: UInt64 = 0
            for stage in 0..<benchmark.stages {
                try await benchmark.prepare(stage, pass: pass)
                let allocated = measure_allocations()
                let start = cpuTime
                try await benchmark.run(stage)
                spent += cpuTime - start
                taken += measure_allocations() - allocated
            }
            pass += 1
            // Tables grow and pages come in first.
            guard pass > 3 else { continue }
            times.append(Double(spent) / Double(Inputs.count))
            allocations = Double(taken) / Double(Inputs.count)
            total += spent
        }
        times.sort()
        return Measurement(nanoseconds: times[times.count / 2], allocations: allocations)
    }

    /// Runs two passes, the second between the marks at which callgrind starts and ends its counting: each stage makes
    /// one file of counts.
    static func mark(_ benchmark: inout some Benchmark) async throws {
        for pass in 0..<2 {
            for stage in 0..<benchmark.stages {
                try await benchmark.prepare(stage, pass: pass)
                if pass == 1 { measure_begin() }
                try await benchmark.run(stage)
                if pass == 1 { measure_end() }
            }
        }
    }

    /// The nanoseconds that the process has run: what is measured may change its thread, and nothing runs beside it.
    private static var cpuTime: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
