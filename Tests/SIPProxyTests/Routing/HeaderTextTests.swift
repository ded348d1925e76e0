import SIPProxy
import Testing

@Suite("a header that a route sets") struct HeaderTextTests {
    @Test(
        "takes no line end and no NUL, so nobody writes lines of his own",
        arguments: [
            "x\r\nRoute: <sip:evil>", "x\nRoute: y", "x\ry", "x\0", "\r\n", "x\r\n y",
        ])
    func values(value: String) {
        #expect(throws: HeaderError.controlCharacter("X-Test")) {
            try HeaderText("X-Test", value)
        }
        #expect(throws: HeaderError.controlCharacter("X-Test")) {
            try Rejection(.notFound).with("X-Test", value)
        }
    }

    @Test("has a name that is a token", arguments: ["", "X Y", "X:", "X\r\nY", "é", "X;Y"])
    func names(name: String) {
        #expect(throws: HeaderError.badName(name)) {
            try HeaderText(HeaderName(name), "value")
        }
    }

    @Test("is written as it was given") func whole() throws {
        var bytes: [UInt8] = []
        try HeaderText("X-Test", "a, \"b\" é").append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "X-Test: a, \"b\" é")
    }
}

@Suite("a rejection") struct RejectionTests {
    @Test("is a refusal: what is none becomes 500") func statuses() {
        #expect(Rejection(.notFound).status == .notFound)
        #expect(Rejection(.ok).status == .serverInternalError)
        #expect(Rejection(.ringing).status == .serverInternalError)
    }
}
