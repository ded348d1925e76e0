import SIPTesting

/// Damages messages, by the dice of a seed.
struct Mutation {
    private var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(seed) }

    /// The message, with one to six wounds.
    mutating func damaged(_ message: [UInt8], others: [[UInt8]]) -> [UInt8] {
        var bytes = message
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            guard !bytes.isEmpty else { return [] }
            wound(&bytes, others)
        }
        return bytes
    }

    private mutating func wound(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let length = Int.random(in: 1...16, using: &generator)
        let end = min(bytes.count, place + length)
        switch UInt8.random(in: 0..<8, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4:
            let splinter = Splinters.all.randomElement(using: &generator) ?? []
            bytes.insert(contentsOf: splinter, at: place)
        case 5: swapLines(&bytes)
        case 6:
            let other = others.randomElement(using: &generator) ?? bytes
            let cut = Int.random(in: 0...other.count, using: &generator)
            bytes = Array(bytes[..<place] + other[cut...])
        default: bytes.removeSubrange(place...)
        }
    }

    /// Doubles, removes or moves a line.
    private mutating func swapLines(_ bytes: inout [UInt8]) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let from = Int.random(in: 0..<lines.count, using: &generator)
        let to = Int.random(in: 0..<lines.count, using: &generator)
        switch UInt8.random(in: 0..<3, using: &generator) {
        case 0: lines.insert(lines[from], at: to)
        case 1: lines.remove(at: from)
        default: lines.swapAt(from, to)
        }
        bytes = Array(lines.joined(separator: [0x0A]))
    }
}
