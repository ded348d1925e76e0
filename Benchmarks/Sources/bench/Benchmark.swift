/// What one row of the table measures: some operations on inputs that differ from one to the next.
///
/// A pass consists of stages; before each, the inputs are prepared, and only what ``run(_:)`` does is counted. So a
/// whole call can be measured without the phones that make it.
protocol Benchmark {
    /// How many stages a pass has.
    var stages: Int { get }
    /// Makes the inputs of a stage. Passes count from 0.
    mutating func prepare(_ stage: Int, pass: Int) async throws
    /// The work: ``Inputs/count`` operations, or as many parts of one.
    mutating func run(_ stage: Int) async throws
}

extension Benchmark {
    var stages: Int { 1 }
}

/// An answer that is not what the inputs ask for: the figures would be those of something else.
struct Unexpected: Error {
    let what: String
    init(_ what: String) { self.what = what }
}
