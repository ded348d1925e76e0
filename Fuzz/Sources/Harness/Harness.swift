import Invariants

extension Invariant {
    /// What libFuzzer calls with each input: ends the process when the invariant does not hold, so that it keeps the
    /// bytes.
    package func hold(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do {
            try check(Array(UnsafeBufferPointer(start: start, count: count)))
            return 0
        } catch {
            fatalError("\(error)")
        }
    }
}
