import SIPCore
import Testing

@Suite("a stream framer") struct StreamFramerTests {
    private static let first =
        "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: 5\r\n\r\nhello"
    private static let second = "SIP/2.0 200 OK\r\nl:0\r\n\r\n"

    private func frames(
        _ parts: [String], limits: StreamFramer.Limits = StreamFramer.Limits()
    ) -> [StreamFramer.Frame] {
        var framer = StreamFramer(limits: limits)
        var frames: [StreamFramer.Frame] = []
        for part in parts {
            framer.append(Array(part.utf8))
            while let frame = framer.next() { frames.append(frame) }
        }
        return frames
    }

    private func message(_ text: String) -> StreamFramer.Frame { .message(Array(text.utf8)) }

    @Test("gives a message that came whole") func whole() {
        #expect(frames([Self.first]) == [message(Self.first)])
    }

    @Test("gives two messages of one segment") func two() {
        #expect(frames([Self.first + Self.second]) == [message(Self.first), message(Self.second)])
    }

    @Test("gives the same for any cut of the bytes in two") func cut() {
        let text = Self.first + "\r\n\r\n" + Self.second + Self.first
        let bytes = Array(text.utf8)
        let expected = [message(Self.first), .ping, message(Self.second), message(Self.first)]
        for place in 0...bytes.count {
            var framer = StreamFramer()
            var frames: [StreamFramer.Frame] = []
            for part in [bytes[..<place], bytes[place...]] {
                framer.append(part)
                while let frame = framer.next() { frames.append(frame) }
            }
            #expect(frames == expected, "cut at \(place)")
        }
    }

    @Test("gives the same a byte at a time") func byteAtATime() {
        let text = Self.first + "\r\n\r\n" + Self.second
        #expect(
            frames(text.unicodeScalars.map { String($0) })
                == [message(Self.first), .ping, message(Self.second)])
    }

    @Test("the dblreq message of RFC 4475 is two requests on a stream") func dblreq() throws {
        var framer = StreamFramer()
        framer.append(try Fixture.bytes("rfc4475/dblreq.dat"))
        guard case .message(let one) = framer.next(), case .message(let two) = framer.next() else {
            Issue.record("two messages")
            return
        }
        #expect(try SIPMessage(one).request?.method == .register)
        #expect(try SIPMessage(two).request?.method == .invite)
        // The archive has a few bytes more than the second Content-Length says.
        #expect(framer.bufferedCount == 5)
    }

    @Test("CR LF CR LF is a ping, fewer are passed over, RFC 5626 4.4.1") func keepAlive() {
        #expect(frames(["\r\n\r\n"]) == [.ping])
        #expect(frames(["\r\n\r\n\r\n\r\n"]) == [.ping, .ping])
        #expect(frames(["\r\n", "\r\n"]) == [.ping])
        #expect(frames(["\r", "\n", "\r", "\n"]) == [.ping])
        #expect(frames(["\r\n"]).isEmpty)
        #expect(frames(["\r\n", Self.second]) == [message(Self.second)])
        #expect(frames(["\r\n\r\n\r\n" + Self.second]) == [.ping, message(Self.second)])
        #expect(frames(["\n\r\r\n" + Self.second]) == [message(Self.second)])
    }

    @Test(
        "a length that is missing or none breaks the stream, with the head for the reply",
        arguments: [
            ("Via: x", StreamFramer.Reason.contentLengthMissing),
            ("Content-Length: -1", .contentLengthInvalid),
            ("Content-Length: 5 5", .contentLengthInvalid),
            ("Content-Length: 2147483648", .contentLengthInvalid),
            ("Content-Length: 4294967328", .contentLengthInvalid),
            ("l: 5\r\nContent-Length: 6", .contentLengthInvalid),
            ("l:", .contentLengthInvalid), ("l: x", .contentLengthInvalid),
            ("Content-Length: 2000000000", .messageTooLong),
            ("Content-Length: 65536", .messageTooLong),
            ("XContent-Length: 5", .contentLengthMissing),
        ])
    func broken(line: String, reason: StreamFramer.Reason) {
        let head = "OPTIONS sip:a@b SIP/2.0\r\n\(line)\r\n\r\n"
        #expect(frames([head + "hello", Self.first]) == [.broken(reason, head: Array(head.utf8))])
    }

    @Test(
        "a length is found folded, twice the same, in any case and form",
        arguments: [
            "Content-Length:\r\n 5", "CONTENT-LENGTH : 5", "L:5", "l\t:\r\n\t 5 ",
            "l: 5\r\nContent-Length: 005",
            "X: a\r\n Content-Length: 9\r\nl: 5",
        ])
    func length(line: String) {
        let text = "OPTIONS sip:a@b SIP/2.0\r\n\(line)\r\n\r\nhello"
        #expect(frames([text + Self.second]) == [message(text), message(Self.second)])
    }

    @Test(
        "the framer's length is the parser's",
        arguments: [
            "l: 5", "l: 5\nl: 5", "l: 5\r\nl: 6", "X: y\n l: 5", "l:\n 5", "l : 5", " l: 5",
            "\tl: 5\r\nl: 3", "l: 5\r", "L: 5\rx",
            "c: 5", "content-length: 5", "Content-Lengt: 5", "l: 05\r\ncontent-length: 5",
            "l: 214748364", "l: 2147483647",
        ])
    func sameLength(line: String) throws {
        let head = Array("OPTIONS sip:a@b SIP/2.0\r\n\(line)\r\n\r\n".utf8)
        let parsed = try MessageBytes(head).contentLength
        #expect(MessageBytes.ContentLength(head.span, 0, head.count) == parsed)
    }

    @Test(
        "what is no SIP breaks the stream at its first byte",
        arguments: ["\u{16}\u{3}\u{1}", "\0\u{1}", " INVITE", "{", "<"])
    func notSIP(text: String) {
        #expect(frames([text]) == [.broken(.notSIP, head: [])])
    }

    @Test("HTTP on the port breaks the stream") func http() {
        let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(frames([get]) == [.broken(.contentLengthMissing, head: Array(get.utf8))])
    }

    @Test("a header section has a limit, however it comes") func headerLimit() {
        let limits = StreamFramer.Limits(message: 200, headers: 100)
        let endless = "OPTIONS sip:a@b SIP/2.0\r\nX: " + String(repeating: "x", count: 200)
        let broken: [StreamFramer.Frame] = [.broken(.headersTooLong, head: [])]
        #expect(frames([endless], limits: limits) == broken)
        #expect(frames(endless.map { String($0) }, limits: limits) == broken)
        #expect(frames([endless + "\r\nl: 0\r\n\r\n"], limits: limits) == broken)
    }

    @Test("a header section and a message of exactly the limit are taken") func exactly() {
        let head = "OPTIONS sip:a@b SIP/2.0\r\nl: 5\r\n\r\n"
        let limits = StreamFramer.Limits(message: head.utf8.count + 5, headers: head.utf8.count)
        #expect(frames([head + "hello"], limits: limits) == [message(head + "hello")])
        let less = StreamFramer.Limits(message: head.utf8.count + 4, headers: head.utf8.count)
        #expect(frames([head], limits: less) == [.broken(.messageTooLong, head: Array(head.utf8))])
        let fewer = StreamFramer.Limits(message: 100, headers: head.utf8.count - 1)
        #expect(frames([head], limits: fewer) == [.broken(.headersTooLong, head: [])])
    }

    @Test("after it is broken nothing is held and nothing comes") func after() {
        var framer = StreamFramer()
        framer.append(Array("{".utf8))
        #expect(framer.next() == .broken(.notSIP, head: []))
        framer.append(Array(Self.first.utf8))
        #expect(framer.bufferedCount == 0)
        #expect(framer.next() == nil)
    }

    @Test("holds what has come, and nothing that was only announced") func declared() {
        var framer = StreamFramer(limits: .init(message: 2_000_000_000, headers: 1000))
        let head = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1900000000\r\n\r\n"
        framer.append(Array(head.utf8))
        #expect(framer.next() == nil)
        #expect(framer.bufferedCount == head.utf8.count)
        #expect(framer.reservedCount < 4096)
    }

    @Test("many messages of one segment are given in linear time, and the room is freed")
    func many() {
        var framer = StreamFramer()
        let bytes = Array(Self.first.utf8)
        var count = 0
        for _ in 0..<200 {
            for _ in 0..<50 { framer.append(bytes) }
            // Half a message stays behind each time, so that the buffer never runs empty.
            framer.append(bytes[..<40])
            while framer.next() != nil { count += 1 }
            framer.append(bytes[40...])
        }
        while framer.next() != nil { count += 1 }
        #expect(count == 200 * 51)
        #expect(framer.bufferedCount == 0)
        #expect(framer.reservedCount < 65_536)
    }
}
