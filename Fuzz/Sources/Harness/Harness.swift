import Invariants

/// What libFuzzer calls with each input: ends the process when an invariant does not hold, so that it keeps the bytes.
package func hold(
    _ start: UnsafePointer<UInt8>?, _ count: Int, _ check: ([UInt8]) throws -> Void
) -> CInt {
    do {
        try check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    } catch {
        fatalError("\(error)")
    }
}

extension Invariant {
    package func hold(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        Harness.hold(start, count) { try check($0) }
    }
}
