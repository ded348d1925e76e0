import SIPCore
import SIPTransaction
import Testing

@Suite("a server transaction's key") struct TransactionKeyTests {
    /// A request of which a test changes a part.
    struct Request: Sendable {
        var method = "INVITE"
        var uri = "sip:bob@biloxi.example"
        var via = "SIP/2.0/UDP pc33.atlanta.example:5060;branch=z9hG4bKnashds8"
        var from = "<sip:alice@atlanta.example>;tag=1928301774"
        var to = "<sip:bob@biloxi.example>"
        var callID = "a84b4c76e66710@pc33.atlanta.example"
        var cseq = 314159
        var cseqMethod: String?

        func with(_ change: (inout Request) -> Void) -> Request {
            var copy = self
            change(&copy)
            return copy
        }

        func parsed() throws -> (SIPRequest, RequestEssentials) {
            let text = """
                \(method) \(uri) SIP/2.0\r
                Via: \(via)\r
                Via: SIP/2.0/UDP behind.example;branch=z9hG4bKother\r
                Max-Forwards: 70\r
                From: \(from)\r
                To: \(to)\r
                Call-ID: \(callID)\r
                CSeq: \(cseq) \(method)\r
                Content-Length: 0\r
                \r

                """
            guard case .request(let request) = try SIPMessage(Array(text.utf8)) else {
                throw ParseError(offset: 0, expected: "a request")
            }
            return (request, try request.check())
        }

        func key(_ hashKey: HashKey = HashKey(1, 2)) throws -> TransactionKey {
            let (request, essentials) = try parsed()
            return TransactionKey(request: request, essentials: essentials, hashKey: hashKey)
        }

        func cancelledKey() throws -> TransactionKey {
            let (request, essentials) = try parsed()
            return TransactionKey.invite(
                cancelledBy: request, essentials, hashKey: HashKey(1, 2))
        }

        func acknowledgementKey(_ tag: ByteSlice?) throws -> TransactionKey? {
            let (request, essentials) = try parsed()
            return TransactionKey.acknowledgement(
                of: request, essentials, responseTag: tag, hashKey: HashKey(1, 2))
        }
    }

    private let invite = Request()
    private let old = Request(via: "SIP/2.0/UDP pc33.atlanta.example:5060")

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout Request) -> Void
        var testDescription: String { name }

        init(_ name: String, _ change: @escaping @Sendable (inout Request) -> Void) {
            self.name = name
            self.change = change
        }
    }

    @Test(
        "is the same with the magic cookie whatever else changes",
        arguments: [
            Case("nothing") { _ in },
            Case("the Request-URI") { $0.uri = "sip:carol@chicago.example" },
            Case("the To tag") { $0.to += ";tag=1" },
            Case("the From tag") { $0.from = "<sip:alice@atlanta.example>" },
            Case("the Call-ID") { $0.callID = "other" },
            Case("the CSeq") { $0.cseq = 1 },
            Case("the host's case") {
                $0.via = "SIP/2.0/UDP PC33.Atlanta.Example:5060;branch=z9hG4bKnashds8"
            },
            Case("the default port") {
                $0.via = "SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKnashds8"
            },
            Case("other parameters") { $0.via += ";rport;received=192.0.2.1" },
            Case("ACK for INVITE") { $0.method = "ACK" },
        ])
    func same(_ row: Case) throws {
        let key = try invite.key()
        #expect(try invite.with(row.change).key() == key)
    }

    @Test(
        "is another with the magic cookie when branch, sent-by or method are",
        arguments: [
            Case("the branch") {
                $0.via = "SIP/2.0/UDP pc33.atlanta.example:5060;branch=z9hG4bKnashds9"
            },
            Case("the branch's case") {
                $0.via = "SIP/2.0/UDP pc33.atlanta.example:5060;branch=z9hG4bKnashdS8"
            },
            Case("the host") {
                $0.via = "SIP/2.0/UDP pc34.atlanta.example:5060;branch=z9hG4bKnashds8"
            },
            Case("the port") {
                $0.via = "SIP/2.0/UDP pc33.atlanta.example:5070;branch=z9hG4bKnashds8"
            },
            Case("CANCEL") { $0.method = "CANCEL" },
            Case("BYE") { $0.method = "BYE" },
            Case("an unknown method") { $0.method = "FROBNICATE" },
            // What is cut from the branch and put before the host must not give the same bytes.
            Case("the border") {
                $0.via = "SIP/2.0/UDP 8pc33.atlanta.example:5060;branch=z9hG4bKnashds"
            },
        ])
    func other(_ row: Case) throws {
        let key = try invite.key()
        #expect(try invite.with(row.change).key() != key)
    }

    @Test("tells unknown methods apart") func unknownMethods() throws {
        let first = try invite.with { $0.method = "FROBNICATE" }.key()
        #expect(try invite.with { $0.method = "FROBNICATE" }.key() == first)
        #expect(try invite.with { $0.method = "FROBNICATED" }.key() != first)
    }

    @Test("depends on the process's secret") func secret() throws {
        #expect(try invite.key(HashKey(1, 2)) != invite.key(HashKey(1, 3)))
        #expect(try old.key(HashKey(1, 2)) != old.key(HashKey(2, 2)))
    }

    @Test("of the INVITE is found from its CANCEL", arguments: [false, true])
    func cancel(hasCookie: Bool) throws {
        let invite = hasCookie ? invite : old
        let cancel = invite.with { $0.method = "CANCEL" }
        #expect(try cancel.cancelledKey() == invite.key())
        #expect(try cancel.key() != invite.key())
    }

    // MARK: without the cookie

    @Test(
        "without the cookie is the same for a copy of the request",
        arguments: [
            Case("nothing") { _ in },
            Case("the host's case") { $0.via = "SIP/2.0/UDP PC33.Atlanta.Example:5060" },
            Case("the default port") { $0.via = "SIP/2.0/UDP pc33.atlanta.example" },
        ], ["INVITE", "REGISTER"])
    func oldSame(_ row: Case, method: String) throws {
        let request = old.with { $0.method = method }
        #expect(try request.with(row.change).key() == request.key())
    }

    @Test(
        "without the cookie is another when a field that RFC 2543 compares is",
        arguments: [
            Case("the Request-URI") { $0.uri = "sip:carol@chicago.example" },
            Case("the To tag") { $0.to += ";tag=1" },
            Case("the From tag") { $0.from = "<sip:alice@atlanta.example>;tag=2" },
            Case("no From tag") { $0.from = "<sip:alice@atlanta.example>" },
            Case("the Call-ID") { $0.callID = "other" },
            Case("the Call-ID's case") { $0.callID = "A84b4c76e66710@pc33.atlanta.example" },
            Case("the CSeq") { $0.cseq = 314160 },
            Case("the method") { $0.method = "BYE" },
            Case("the sent-by") { $0.via = "SIP/2.0/UDP pc33.atlanta.example:5070" },
            Case("a branch") { $0.via += ";branch=1" },
            Case("the cookie") { $0.via += ";branch=z9hG4bKnashds8" },
        ])
    func oldOther(_ row: Case) throws {
        #expect(try old.with(row.change).key() != old.key())
    }

    @Test("takes a bare cookie for none") func bareCookie() throws {
        let bare = Request(via: "SIP/2.0/UDP pc33.atlanta.example:5060;branch=z9hG4bK")
        #expect(try bare.key() != bare.with { $0.callID = "other" }.key())
    }

    @Test("without the cookie finds the ACK by the To tag of the response") func oldAck() throws {
        let ack = old.with {
            $0.method = "ACK"
            $0.to += ";tag=of-response"
        }
        let key = try ack.key()
        #expect(try old.acknowledgementKey("of-response") == key)
        #expect(try old.acknowledgementKey("of-another") != key)
        #expect(try old.acknowledgementKey(nil) != key)
        #expect(try old.key() != key)
        #expect(try ack.with { $0.cseq = 1 }.key() != key)
        #expect(try ack.with { $0.uri = "sip:carol@chicago.example" }.key() != key)
    }

    @Test("needs no second one for the ACK with the cookie") func newAck() throws {
        #expect(try invite.acknowledgementKey("tag") == nil)
    }

    // MARK: stripes

    @Test("puts INVITE, ACK and CANCEL into one stripe, with the cookie and without") func stripe()
        throws
    {
        var used: Set<Int> = []
        for number in 0..<300 {
            for request in [invite, old] {
                let request = request.with {
                    $0.callID = "\(number)"
                    if request.via.contains("branch") { $0.via += "\(number)" }
                }
                let stripe = try request.key().stripe(of: 64)
                #expect((0..<64).contains(stripe))
                used.insert(stripe)
                let ack = request.with {
                    $0.method = "ACK"
                    $0.to += ";tag=of-response"
                }
                #expect(try ack.key().stripe(of: 64) == stripe)
                #expect(try request.with { $0.method = "CANCEL" }.key().stripe(of: 64) == stripe)
            }
        }
        #expect(used.count == 64)
    }

    @Test("has a stripe for any number of them", arguments: [1, 2, 3, 17, 64, Int.max, 0, -5])
    func stripes(count: Int) throws {
        let stripe = try invite.key().stripe(of: count)
        #expect(stripe >= 0 && stripe < max(count, 1))
    }
}
