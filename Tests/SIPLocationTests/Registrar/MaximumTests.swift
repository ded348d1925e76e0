import SIPCore
import SIPLocation
import Testing

@Suite("Maximum of contacts")
struct MaximumTests {
    var register = RegistrarTests.Register()

    init() throws {
        register.settings.maximumContacts = 2
        for index in 1...2 {
            _ = try register(
                Phone.register(
                    Phone.contact(ByteSlice("sip:a@192.0.2.\(index)")), cseq: UInt32(index)),
                at: Phone.noon + Int64(index))
        }
    }

    @Test("one more is refused with 403")
    mutating func refused() throws {
        #expect(throws: RegistrationRefusal.tooManyContacts(maximum: 2)) {
            try register(Phone.register(Phone.contact("sip:a@192.0.2.3"), cseq: 3))
        }
        #expect(register.bindings.count == 2)
        #expect(RegistrationRefusal.tooManyContacts(maximum: 2).status.code == 403)
    }

    @Test("or it takes the place of the one longest without a refresh")
    mutating func replaced() throws {
        register.settings.whenFull = .replaceOldest
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 3), at: Phone.noon + 3)
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.3"), cseq: 4), at: Phone.noon + 4)
        #expect(register.uris == ["sip:a@192.0.2.3", "sip:a@192.0.2.1"])
    }

    @Test("a REGISTER never replaces what it names itself")
    mutating func tooManyAtOnce() throws {
        register.settings.whenFull = .replaceOldest
        #expect(throws: RegistrationRefusal.tooManyContacts(maximum: 2)) {
            try register(
                Phone.register(
                    Phone.contact("sip:a@192.0.2.1"), Phone.contact("sip:a@192.0.2.3"),
                    Phone.contact("sip:a@192.0.2.4"), cseq: 3))
        }
    }

    @Test("a full address refreshes and removes, and a removal makes room in the same REGISTER")
    mutating func full() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 3))
        let listed = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.3"), Phone.contact("sip:a@192.0.2.2", expires: 0),
                cseq: 4))
        #expect(listed.count == 2)
    }

    @Test("contacts beyond a lowered maximum are still refreshed")
    mutating func lowered() throws {
        register.settings.maximumContacts = 1
        let listed = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 3))
        #expect(listed.count == 2)
    }

    @Test("permanent contacts do not count")
    mutating func permanent() throws {
        let fields = Phone.binding("sip:desk@192.0.2.9", ruid: "fixed", expiresAt: nil)
        register.settings.maximumContacts = 3
        register.bindings.append(try #require(Binding(fields)))
        let listed = try register(Phone.register(Phone.contact("sip:a@192.0.2.3"), cseq: 3))
        #expect(listed.count == 4)
    }

    @Test("a REGISTER does not change a permanent contact")
    mutating func fixed() throws {
        let fields = Phone.binding("sip:desk@192.0.2.9", ruid: "fixed", expiresAt: nil)
        register.bindings = [try #require(Binding(fields))]
        for expires in [0, 600] as [UInt32] {
            let listed = try register(
                Phone.register(Phone.contact("sip:desk@192.0.2.9", expires: expires), cseq: 9))
            #expect(listed.map(\.binding.expiresAt) == [nil])
        }
    }

    @Test("a thousand contacts in one REGISTER are refused, a thousand removals are done")
    mutating func thousand() throws {
        let contacts = (0..<1000).map { Phone.contact(ByteSlice("sip:a\($0)@192.0.2.1")) }
        #expect(throws: RegistrationRefusal.tooManyContacts(maximum: 2)) {
            try register(Registration(.list(contacts), callID: "one", cseq: 9))
        }
        let listed = try register(Registration(.list(contacts), callID: "one", cseq: 9, expires: 0))
        #expect(listed.count == 2)
    }

    @Test("a contact longer than a binding may be is refused with 413", arguments: [9000, 70_000])
    mutating func tooLarge(length: Int) throws {
        let user = String(repeating: "a", count: length)
        #expect(throws: RegistrationRefusal.tooLarge(maximum: 8192)) {
            try register(
                Phone.register(Phone.contact(ByteSlice("sip:\(user)@192.0.2.1")), cseq: 9))
        }
    }
}
