import SIPCore
import Testing

@Suite("the header fields of a message") struct HeaderReadingTests {
    @Test("are found by name, in any case and form") func byName() throws {
        let message = try request(adding: ["X-Hdr: one", "k: a, b", "x-hdr:two", "Supported: c"])
        #expect(message["X-HDR"] == "one")
        #expect(message["X-Other"] == nil)
        #expect(message.values(of: "X-Hdr") == ["one", "two"])
        #expect(message.values(of: "supported") == ["a, b", "c"])
        #expect(message["v"] == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport")
        #expect(message.count(.supported) == 2)
        #expect(message.count(.path) == 0)
        #expect(Array(message.values(of: .supported)) == ["a, b", "c"])
    }

    @Test("a list's elements are divided by commas outside quotes and brackets") func elements()
        throws
    {
        let message = try request(
            adding: [
                #"Route: <sip:a,b@c>, "x, \" y" <sip:d@e>"#, "Route:",
                "Route: <sip:f@g>\r\n ,\r\n <sip:h@i>",
                "Supported: ", "Supported: path,, gruu ,", "Allow: INVITE,ACK",
            ])
        #expect(
            Array(message.elements(of: .route))
                == ["<sip:a,b@c>", #""x, \" y" <sip:d@e>"#, "<sip:f@g>", "<sip:h@i>"])
        #expect(Array(message.supported) == ["path", "gruu"])
        #expect(message.supported.contains("PATH"))
        #expect(!message.supported.contains("pat"))
        #expect(message.allow.contains(.ack))
        #expect(!message.allow.contains(.bye))
        #expect(message.require.isEmpty)
        #expect(!message.supported.isEmpty)
    }

    @Test("routes are those of all lines, in order") func routes() throws {
        let message = try request(
            adding: [
                "Route: <sip:a;lr>, <sip:b;lr>;x=y", "Route: \"P\" <sip:c>",
                "Record-Route: <sip:d;lr>", "Path: <sip:e>",
                "Service-Route: <sip:f>,<sip:g>",
            ])
        #expect(try message.topRoute?.uri.text == "sip:a;lr")
        #expect(try message.routes.map(\.uri.text) == ["sip:a;lr", "sip:b;lr", "sip:c"])
        #expect(try message.recordRoutes.map(\.uri.text) == ["sip:d;lr"])
        #expect(try message.paths.map(\.uri.text) == ["sip:e"])
        #expect(try message.serviceRoutes.map(\.uri.text) == ["sip:f", "sip:g"])
        #expect(try request().topRoute == nil)
        #expect(try request().routes.isEmpty)
    }

    @Test(
        "a route is in brackets, and nothing else stands between commas",
        arguments: ["sip:a;lr", "<sip:a>,", ",<sip:a>", "<sip:a> <sip:b>", "", "<sip:a>,,<sip:b>"])
    func badRoutes(text: String) throws {
        let message = try request(adding: ["Route: " + text])
        #expect(throws: ParseError.self) { try message.routes }
    }

    @Test("what is not there is an error where it must be, else nothing") func missing() throws {
        let message = try request(without: ["From", "To", "Call-ID", "CSeq", "Via", "Max-Forwards"])
        #expect(throws: ParseError.self) { try message.from }
        #expect(throws: ParseError.self) { try message.to }
        #expect(throws: ParseError.self) { try message.callID }
        #expect(throws: ParseError.self) { try message.cseq }
        #expect(throws: ParseError.self) { try message.topVia }
        #expect(try message.vias.isEmpty)
        #expect(try message.maxForwards == nil)
        #expect(message.expires == nil)
        #expect(try message.minExpires == nil)
        #expect(try message.contentType == nil)
        #expect(try message.event == nil)
        #expect(try message.date == nil)
        #expect(message.contentLength == nil)
    }

    @Test("a value's folds are white space to whoever reads it") func folding() throws {
        let message = try request(
            without: ["From", "CSeq"],
            adding: [
                "From:\r\n \"A\"\r\n\t<sip:a@b>\r\n ;\r\n  tag\r\n =\r\n 7", "CSeq: 5\r\n OPTIONS",
            ])
        #expect(try message.from.tag == "7")
        #expect(try message.cseq.number == 5)
        #expect(throws: Never.self) { try message.check() }
    }
}
