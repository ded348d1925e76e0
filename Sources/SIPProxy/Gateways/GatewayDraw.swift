import SIPCore

/// The draw among gateways of the same priority, by their weights.
enum GatewayDraw {
    /// A gateway's lot; the lowest is asked first.
    ///
    /// Lots are drawn from exponential distributions whose rates are the weights: then each gateway is first as often as its weight
    /// says, and so on among the rest (Efraimidis, Spirakis: "Weighted random sampling with a reservoir"). Each lot is its gateway's own, so when
    /// one is lost, the order of the others stays.
    static func lot(of id: GatewayID, weight: UInt16, random: UInt64) -> UInt64 {
        // After all others, and in an order of their own.
        guard weight > 0 else { return .max - UInt64(id.number) }
        var hash = SipHash(key: HashKey(random, UInt64(id.number)))
        hash.append(UInt64(id.number))
        return negativeLogarithm(hash.finish().low) / UInt64(weight)
    }

    /// −log2 of `word` / 2^64 in units of 2^-48: the leading zeros, and behind the binary point a bit for each squaring.
    static func negativeLogarithm(_ word: UInt64) -> UInt64 {
        let word = max(word, 1)
        let zeros = UInt64(word.leadingZeroBitCount)
        // From 1 up to 2, in units of 2^-31.
        var mantissa = (word << zeros) >> 32
        var fraction: UInt64 = 0
        for _ in 0..<32 {
            mantissa = (mantissa * mantissa) >> 31
            fraction <<= 1
            if mantissa >= 1 << 32 {
                mantissa >>= 1
                fraction |= 1
            }
        }
        // log2(word) = 63 − zeros + fraction, and 64 of that is the whole.
        return (((zeros + 1) << 32) - fraction) << 16
    }
}
