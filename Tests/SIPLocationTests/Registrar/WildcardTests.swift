import SIPCore
import SIPLocation
import Testing

/// RFC 3261 10.3 step 6.
@Suite("Contact: *")
struct WildcardTests {
    var register = RegistrarTests.Register()

    init() throws {
        _ = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1"), Phone.contact("sip:b@192.0.2.1"), cseq: 5))
    }

    @Test("with Expires 0 it removes every binding")
    mutating func removesAll() throws {
        #expect(try register(Phone.removeAll(cseq: 6)).isEmpty)
    }

    @Test("without an Expires of 0 it is a bad request", arguments: [nil, 1, 3600])
    mutating func needsExpires(expires: UInt32?) throws {
        #expect(throws: RegistrationRefusal.badRequest("Contact: * Needs Expires: 0")) {
            try register(Phone.removeAll(cseq: 6, expires: expires))
        }
        #expect(register.bindings.count == 2)
    }

    @Test("of another Call-ID it removes whatever the CSeq")
    mutating func otherCallID() throws {
        #expect(try register(Phone.removeAll(cseq: 1, callID: "two")).isEmpty)
    }

    @Test("with a CSeq not above that of one binding of its Call-ID it removes none")
    mutating func outOfOrder() throws {
        _ = try register(
            Phone.register(Phone.contact("sip:c@192.0.2.1"), cseq: 1, callID: "two"))
        #expect(throws: RegistrationRefusal.outOfOrder) {
            try register(Phone.removeAll(cseq: 5))
        }
        #expect(register.bindings.count == 3)
    }

    @Test("it leaves what an operator made permanent")
    mutating func permanent() throws {
        let fields = Phone.binding("sip:desk@192.0.2.9", ruid: "fixed", expiresAt: nil)
        register.bindings.append(try #require(Binding(fields)))
        let listed = try register(Phone.removeAll(cseq: 6))
        #expect(listed.map(\.value.description) == ["<sip:desk@192.0.2.9>;expires=7200"])
    }
}
