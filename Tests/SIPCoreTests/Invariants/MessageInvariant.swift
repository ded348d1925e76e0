import SIPCore

/// A message's index lies inside its bytes; what is passed on is read by the next element as it was read here; an edit
/// changes what it names and nothing else.
func checkMessage(_ bytes: [UInt8]) throws(Violation) {
    let message: SIPMessage
    do {
        message = try SIPMessage(bytes)
    } catch {
        try expect((0...bytes.count).contains(error.offset), "an error at \(error.offset)")
        return
    }
    try checkIndex(message.bytes)
    try checkValues(message)
    try checkCopy(message)
    switch message {
    case .request(let request):
        guard let essentials = try? request.check() else { return }
        try expect(request.message.flaws.isEmpty, "a flaw passed the check")
        try expect(essentials.cseq.method == request.method, "methods differ")
        try checkEdits(request)
    case .response(let response):
        guard (try? response.check()) != nil else { return }
        try expect(response.message.flaws.isEmpty, "a flaw passed the check")
        try checkTopViaRemoval(response)
    }
}

private func checkIndex(_ message: MessageBytes) throws(Violation) {
    var end = message.startLine.upper
    try expect(message.headersStart >= end, "header fields before the start line's end")
    for index in message.lines.indices {
        let line = message.lines[index]
        let nameEnd = Int(line.start) + Int(line.nameLength)
        try expect(Int(line.start) >= end, "line \(index) begins in the one before")
        try expect(line.nameLength > 0, "line \(index) has no name")
        try expect(nameEnd < line.value.lower, "line \(index): the value begins in the name")
        try expect(line.value.lower <= line.value.upper, "line \(index) ends before it begins")
        let range = message.lineRange(index)
        try expect(range.upper >= line.value.upper, "line \(index) is cut")
        end = line.value.upper
    }
    try expect(message.headersEnd >= end, "header fields end in their last line")
    try expect(message.body.lower >= message.headersEnd, "the body begins too early")
    try expect(message.body.upper >= message.body.lower, "the body ends before it begins")
    try expect(message.body.upper <= message.bytes.count, "the body ends too late")
}

/// The copy of a message without a change.
private func checkCopy(_ message: SIPMessage) throws(Violation) {
    let original = message.bytes
    var editor = MessageEditor(original)
    let copy = editor.spliced()
    if original.flaws.isEmpty {
        try expect(
            copy[...] == original.bytes[original.startLine.lower..<original.body.upper],
            "a copy without edits differs")
    }
    let again = try expectAgain("the copy") { () throws(ParseError) in try SIPMessage(copy) }
    try expectSame(original, again.bytes)
    let body = ByteSlice(again.bytes.bytes, again.bytes.body)
    try expect(body == ByteSlice(original.bytes, original.body), "the copy has another body")
    switch (message, again) {
    case (.request(let one), .request(let other)):
        try expect(one.method == other.method, "the copy has another method")
        try expect(one.uriText == other.uriText, "the copy has another Request-URI")
    case (.response(let one), .response(let other)):
        try expect(one.status == other.status, "the copy has another status")
    default: throw Violation("the copy is of the other kind")
    }
}

/// The edits of a proxy: a Via on top, another Request-URI, a value changed, a line left out, a line at the end.
private func checkEdits(_ request: SIPRequest) throws(Violation) {
    let message = request.message
    var editor = MessageEditor(message)
    editor.replace(request.uriRange) { $0.append("sip:bob@192.0.2.4") }
    editor.addLineAtTop { $0.append("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1") }
    let changed = message.firstLine(of: .cseq)
    let removed = message.firstLine(of: .userAgent)
    for index in message.lines.indices {
        if index == changed {
            editor.replace(message.lines[index].value) { $0.append("7 OPTIONS") }
        } else if index == removed {
            editor.remove(message.lineRange(index))
        }
    }
    editor.addLine { $0.append("X-Last: 1") }
    let copy = editor.spliced()
    let again = try expectAgain("the edited copy") { () throws(ParseError) in
        try MessageBytes(copy)
    }
    var expected: [Line] = [Line(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")]
    for index in message.lines.indices where index != removed {
        var line = Line(message, index)
        if index == changed { line.value = "7 OPTIONS" }
        expected.append(line)
    }
    expected.append(Line(.other, "1"))
    let found = again.lines.indices.map { Line(again, $0) }
    try expect(found == expected, "an edit changed \(found) from \(expected)")
}

/// What a proxy does to a response: one value less, and the others as they were.
private func checkTopViaRemoval(_ response: SIPResponse) throws(Violation) {
    let message = response.message
    guard let line = message.firstLine(of: .via), let via = try? response.topVia,
        let vias = try? response.vias
    else { return }
    var editor = MessageEditor(message)
    editor.remove(message.rangeOfFirstElement(ofLine: line, end: via.text.range.upper))
    let copy = editor.spliced()
    let again = try expectAgain("the response without its Via") { () throws(ParseError) in
        try MessageBytes(copy)
    }
    let rest: [Via] = try expectAgain("the Vias that are left") { () throws(ParseError) in
        try again.list(.via)
    }
    try expect(rest.map(\.text) == vias.dropFirst().map(\.text), "other Vias are left")
}

private struct Line: Equatable {
    let header: KnownHeader
    var value: ByteSlice

    init(_ header: KnownHeader, _ value: ByteSlice) {
        self.header = header
        self.value = value
    }

    init(_ message: MessageBytes, _ index: Int) {
        self.init(message.lines[index].header, message.value(index))
    }
}

private func expectSame(_ one: MessageBytes, _ other: MessageBytes) throws(Violation) {
    try expect(one.lines.count == other.lines.count, "the copy has other lines")
    for index in one.lines.indices {
        try expect(Line(one, index) == Line(other, index), "line \(index) of the copy differs")
        try expect(one.lines[index].nameLength == other.lines[index].nameLength, "another name")
    }
}

extension SIPMessage {
    fileprivate var bytes: MessageBytes {
        switch self {
        case .request(let request): request.message
        case .response(let response): response.message
        }
    }
}

extension SIPRequest {
    fileprivate var uriText: ByteSlice { ByteSlice(message.bytes, uriRange) }
}
