import SIPCore
import SIPProxy
import SIPTransport
import Testing

@Suite("TCP") struct TCPTests {
    @Test("a response goes back over the connection of its request, whatever the Via says")
    func reply() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(
                request("OPTIONS", "sip:voice.test", via: "TCP 192.0.2.9:9;rport", branch: "1"))
            let answer = try await phone.finalResponse()
            #expect(answer.hasPrefix("SIP/2.0 200 "))
            let port = try #require(phone.local?.port)
            #expect(
                values("Via", in: answer)
                    == ["SIP/2.0/TCP 192.0.2.9:9;rport=\(port);branch=z9hG4bK1;received=127.0.0.1"])
        }
    }

    @Test("IPv6 is TCP as well")
    func v6() async throws {
        try await withProxy(on: .loopback6) { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(
                request("OPTIONS", "sip:voice.test", via: "TCP [::1]:9", branch: "1"))
            #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("two messages in one segment are two messages, and one in many segments is one")
    func segments() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            let first = request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "1")
            let second = request(
                "OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "2", body: "body")
            try await phone.send(first + second)
            for branch in ["1", "2"] {
                #expect(try await phone.finalResponse().contains("z9hG4bK\(branch)"))
            }
            let third = request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "3")
            for byte in Array(third.utf8) { phone.post([byte]) }
            #expect(try await phone.finalResponse().contains("z9hG4bK3"))
        }
    }

    @Test("CR LF CR LF between messages is answered CR LF")
    func ping() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send("\r\n\r\n")
            #expect(try await phone.take(2) == [0x0D, 0x0A])
            try await phone.send(
                request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "1"))
            #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("a request goes over a connection of the proxy's own, and the next one over the same")
    func connects() async throws {
        try await withProxy { proxy in
            var callee = try await Wire.Listener()
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            let target = "sip:bob@127.0.0.1:\(callee.endpoint.port);transport=tcp"
            for branch in ["1", "2", "3"] {
                try await caller.send(
                    request("MESSAGE", target, via: "TCP a.test", branch: branch, callID: branch))
            }
            var connection = try await callee.next()
            for _ in 1...3 {
                let copy = try await connection.message()
                let port = try proxy.endpoint(.tcp).port
                #expect(values("Via", in: copy)[0].hasPrefix("SIP/2.0/TCP 127.0.0.1:\(port);"))
                try await connection.send(response("200 OK", to: copy))
                let answer = try await caller.finalResponse()
                #expect(answer.hasPrefix("SIP/2.0 200 "))
                #expect(values("Via", in: answer).count == 1)
            }
        }
    }

    @Test(
        "a port where nobody listens is an error of the transport at once: 503, which becomes 500")
    func refused() async throws {
        try await withProxy { proxy in
            let nobody = try await Wire.Listener()
            await nobody.close()
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(
                request(
                    "MESSAGE", "sip:bob@127.0.0.1:\(nobody.endpoint.port);transport=tcp",
                    via: "TCP a.test", branch: "1"))
            #expect(try await caller.finalResponse().hasPrefix("SIP/2.0 500 "))
        }
    }

    @Test(
        "what can't be cut any more is refused, when it was a request, and closed",
        arguments: [
            ("", "SIP/2.0 400 Missing Content-Length"),
            ("Content-Length: 2147483648", "SIP/2.0 400 Bad Content-Length"),
            ("Content-Length: 4294967328", "SIP/2.0 400 Bad Content-Length"),
            ("Content-Length: 2000000000", "SIP/2.0 513 Message Too Large"),
            ("Content-Length: -1", "SIP/2.0 400 Bad Content-Length"),
            ("Content-Length: +5", "SIP/2.0 400 Bad Content-Length"),
            ("Content-Length: 5 5", "SIP/2.0 400 Bad Content-Length"),
            ("Content-Length: 5\r\nContent-Length: 6", "SIP/2.0 400 Bad Content-Length"),
        ])
    func lyingLength(line: String, answer: String) async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            let text = request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "1")
            try await phone.send(
                text.replacing("Content-Length: 0", with: line.isEmpty ? "X-None: 1" : line))
            #expect(try await phone.finalResponse().hasPrefix(answer))
            #expect(await phone.isClosedByPeer())
            #expect(await proxy.end() == .unframeable)
        }
    }

    @Test("a length that is too long takes the next message for a body, and nothing else")
    func longLength() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            func options(_ number: Int) -> String {
                request(
                    "OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "\(number)",
                    callID: "\(number)")
            }
            let lie = "Content-Length: \(options(2).utf8.count)"
            try await phone.send(
                options(1).replacing("Content-Length: 0", with: lie) + options(2) + options(3))
            for number in [1, 3] {
                let answer = try await phone.finalResponse()
                #expect(answer.hasPrefix("SIP/2.0 200 "))
                #expect(values("Call-ID", in: answer) == ["\(number)"])
            }
        }
    }

    @Test("what is behind a length that is too short is no message: closed")
    func shortLength() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(
                request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "1")
                    + "<presence/>")
            #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
            #expect(await phone.isClosedByPeer())
            #expect(await proxy.end() == .unframeable)
        }
    }

    @Test("a message of many header lines is refused, and the connection goes on")
    func headerLines() async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            let lines = (0..<600).map { "X-\($0): \($0)" }
            for (branch, headers, answer) in [
                ("1", lines, "SIP/2.0 400 Too Many Header Lines"), ("2", [], "SIP/2.0 200 "),
            ] {
                try await phone.send(
                    request(
                        "OPTIONS", "sip:voice.test", via: "TCP a.test", branch: branch,
                        headers: headers))
                #expect(try await phone.finalResponse().hasPrefix(answer))
            }
        }
    }

    @Test(
        "what is no SIP is closed without a word",
        arguments: ["\u{16}\u{3}\u{1}", "\0\0\0\0", "{}"])
    func notSIP(text: String) async throws {
        try await withProxy { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(text)
            #expect(await phone.isClosedByPeer())
            #expect(phone.buffer.isEmpty)
            #expect(await proxy.end() == .unframeable)
        }
    }
}
