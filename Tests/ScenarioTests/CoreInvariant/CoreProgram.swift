/// Bytes, read as the steps of a run.
struct CoreProgram {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A step's first byte, modulo their number, says which it is. Behind it stand as many bytes as it needs, whether they mean
    /// something or not.
    enum Step: UInt8, CaseIterable {
        case wait, request, answerChallenge, copy, cancel, acknowledge, respond, insideOfDialog,
            raw, wound,
            splice, unreachable, resolve, hold, release, drain
    }

    mutating func step() -> Step? {
        guard place < bytes.count else { return nil }
        return Step(rawValue: next() % UInt8(Step.allCases.count))
    }

    /// The next byte; 0 behind the end.
    mutating func next() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    /// One of a list, chosen by the next byte; nil when there is none.
    mutating func choice<Element>(of list: [Element]) -> Element? {
        let byte = next()
        return list.isEmpty ? nil : list[Int(byte) % list.count]
    }

    /// Somebody, now and then.
    mutating func party() -> Party? { Party(rawValue: Int(next())) }

    /// As many bytes as the next one says.
    mutating func text() -> [UInt8] {
        let end = min(bytes.count, place + Int(next()) + 1)
        defer { place = max(place, end) }
        return Array(bytes[place..<max(place, end)])
    }
}

/// Damage that waits for the next message.
struct Wounds {
    private var waiting: [(kind: UInt8, place: Int, bytes: [UInt8])] = []

    mutating func add(_ kind: UInt8, at place: Int, _ bytes: [UInt8]) {
        if waiting.count < 8 { waiting.append((kind, place, bytes)) }
    }

    /// The message with the damage, which is used up.
    mutating func applied(to message: [UInt8]) -> [UInt8] {
        var bytes = message
        for wound in waiting where !bytes.isEmpty {
            let place = wound.place % bytes.count
            switch wound.kind % 5 {
            case 0: bytes[place] = wound.bytes.first ?? 0
            case 1: bytes.insert(contentsOf: wound.bytes, at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + wound.bytes.count))
            case 3: bytes.removeSubrange(place...)
            default:
                bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 80)], at: place)
            }
        }
        waiting = []
        return bytes
    }
}
