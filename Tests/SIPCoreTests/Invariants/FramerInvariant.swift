import SIPCore

/// A stream gives the same frames however its bytes arrive. The first byte says how: it seeds the lengths of the parts.
func checkFramer(_ bytes: [UInt8]) throws(Violation) {
    guard let first = bytes.first else { return }
    let stream = bytes[1...]
    let limits = StreamFramer.Limits(message: 2048, headers: 1024)
    let whole = try frames(of: stream, limits) { stream.count }
    try expect(whole == (try frames(of: stream, limits) { 1 }), "other frames byte by byte")
    var state = UInt32(first) + 1
    let parts = try frames(of: stream, limits) {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int(state >> 24) % 48 + 1
    }
    try expect(whole == parts, "other frames in parts")
    for case .message(let message) in whole { try checkFrame(message) }
}

private func frames(
    of stream: ArraySlice<UInt8>, _ limits: StreamFramer.Limits, _ length: () -> Int
) throws(Violation) -> [StreamFramer.Frame] {
    var framer = StreamFramer(limits: limits)
    var frames: [StreamFramer.Frame] = []
    var rest = stream
    while !rest.isEmpty {
        let part = rest.prefix(length())
        rest = rest.dropFirst(part.count)
        framer.append(part)
        while let frame = framer.next() { frames.append(frame) }
        try expect(
            framer.bufferedCount <= limits.message, "\(framer.bufferedCount) bytes are held")
    }
    return frames
}

/// A message that was cut out of a stream is whole: the parser finds the same end.
private func checkFrame(_ bytes: [UInt8]) throws(Violation) {
    guard let message = try? MessageBytes(bytes) else { return }
    try expect(!message.flaws.contains(.truncated), "a message is cut off")
    try expect(!message.flaws.contains(.unterminated), "a message without its empty line")
    try expect(message.body.upper == bytes.count, "the parser finds another end")
}
