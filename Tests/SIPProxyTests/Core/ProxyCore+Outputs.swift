import SIPCore
import SIPProxy

extension ProxyCore {
    /// What comes of an input.
    mutating func receive(_ input: consuming Input, at now: Instant) -> [Output] {
        var outputs: [Output] = []
        receive(input, at: now, into: &outputs)
        return outputs
    }
}
