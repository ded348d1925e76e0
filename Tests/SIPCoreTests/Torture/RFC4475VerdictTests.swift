import SIPCore
import Testing

@Suite("the verdict on each message of RFC 4475") struct RFC4475VerdictTests {
    static let rows = Fixture.rows("rfc4475/expect.tsv")

    @Test("there are 49 of them") func count() {
        #expect(Self.rows.count == 49)
    }

    @Test("is the one in the table", arguments: rows)
    func verdict(row: Fixture.Row) throws {
        try expectVerdict(row, folder: "rfc4475")
    }

    @Test("a fiftieth, without a version in its request line, is not framed") func fiftieth() {
        #expect(throws: ParseError.self) { try Fixture.message("rfc4475/extra/test.dat") }
    }

    @Test("baddn is refused with and without its empty line") func badDisplayName() throws {
        let whole = try Fixture.request("rfc4475/extra/baddn-terminated.dat")
        #expect(throws: Refusal(.badRequest, "Bad From")) { try whole.check() }
        let archived = try Fixture.request("rfc4475/baddn.dat")
        #expect(throws: Refusal(.badRequest, "Missing Empty Line")) { try archived.check() }
    }
}

@Suite("the verdict on each message of RFC 5118") struct RFC5118VerdictTests {
    static let rows = Fixture.rows("rfc5118/expect.tsv")

    @Test("there are 12 of them") func count() {
        #expect(Self.rows.count == 12)
    }

    @Test("is the one in the table", arguments: rows)
    func verdict(row: Fixture.Row) throws {
        // As archived its Content-Length is larger than its body, and only the corrected copy is
        // taken.
        guard row["file"] != "ipv6-in-sdp.dat" else {
            #expect(refusal(of: try Fixture.request("rfc5118/ipv6-in-sdp.dat")) == 400)
            return
        }
        try expectVerdict(row, folder: "rfc5118")
    }

    @Test(
        "the corrected copies are taken whole",
        arguments: [
            ("ipv6-in-sdp-fixedcl", 251), ("mult-ip-in-sdp-fixedcl", 189),
            ("ipv4-mapped-ipv6-fixedcl", 245),
        ])
    func corrected(name: String, length: Int) throws {
        let request = try Fixture.request("rfc5118/\(name).dat")
        #expect(throws: Never.self) { try request.check() }
        #expect(request.body.count == length)
    }
}

/// Compares what the parser and the check make of a message with a row of a table.
private func expectVerdict(_ row: Fixture.Row, folder: String) throws {
    let file = try #require(row["file"])
    let message = try? Fixture.message("\(folder)/\(file)")
    switch try #require(row["strict_parser"]) {
    case "accept":
        switch try #require(message, "\(file) is framed") {
        case .request(let request):
            // A scheme of no meaning is well-formed; its answer is the check's.
            let status = refusal(of: request)
            let allowed = row["acceptable_reply_from_proxy_or_registrar"] ?? ""
            #expect(status == nil || status == 416 && allowed.contains("416"), "\(file)")
        case .response(let response):
            #expect(throws: Never.self, "\(file)") { try response.check() }
        }
    case "reject":
        switch message {
        case .request(let request):
            let status = try #require(refusal(of: request), "\(file) is refused")
            let allowed = row["acceptable_reply_from_proxy_or_registrar"] ?? ""
            #expect(allowed.contains("\(status)"), "\(file)")
        case .response(let response):
            #expect(throws: Refusal.self, "\(file)") { try response.check() }
        case nil:
            #expect(row["kind"] == "response", "\(file): only a response goes without an answer")
        }
    default:
        // Either is right; an answer must be the one that the table allows.
        let request = try #require(message?.request, "\(file) is framed")
        if let status = refusal(of: request) { #expect(status == 400, "\(file)") }
    }
}
