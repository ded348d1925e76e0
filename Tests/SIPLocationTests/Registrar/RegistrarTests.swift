import SIPCore
import SIPLocation
import Testing

/// RFC 3261 10.3, steps 6 to 8.
@Suite("Registrar")
struct RegistrarTests {
    /// The bindings of one address, as the registrar leaves them.
    struct Register {
        var settings = RegistrarSettings()
        var bindings: [Binding] = []
        var serial = 0

        mutating func callAsFunction(
            _ registration: Registration, at now: UnixTime = Phone.noon
        ) throws(RegistrationRefusal) -> [RegisteredContact] {
            var serial = serial
            let changes = try Registrar.decide(
                registration, for: Phone.alice, existing: bindings, settings: settings, now: now
            ) { _ in
                serial += 1
                return ByteSlice("r\(serial)")
            }
            self.serial = serial
            bindings = changes.current
            return Registrar.listing(changes.current, settings: settings, now: now)
        }

        var uris: [String] { bindings.map(\.uri.description) }
    }

    var register = Register()

    @Test("a REGISTER without Contact lists the bindings and changes nothing")
    mutating func query() throws {
        _ = try register(Phone.register(Phone.contact("sip:alice@192.0.2.1", q: 500), cseq: 1))
        let before = register.bindings.map(\.ruid)
        let listed = try register(Phone.query(), at: Phone.noon + 100)
        #expect(listed.map(\.value.description) == ["<sip:alice@192.0.2.1>;q=0.5;expires=3500"])
        #expect(register.bindings.map(\.ruid) == before)
    }

    @Test("an address without bindings lists none")
    mutating func emptyQuery() throws {
        #expect(try register(Phone.query()).isEmpty)
    }

    @Test("the expires parameter goes before the Expires header field, and that before the default")
    mutating func expiresOrder() throws {
        let listed = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1", expires: 120), Phone.contact("sip:b@192.0.2.1"),
                cseq: 1, expires: 240))
        #expect(Set(listed.map(\.expires)) == [120, 240])
        let other = try register(
            Phone.register(Phone.contact("sip:c@192.0.2.1"), cseq: 2, callID: "two"))
        #expect(other.contains { $0.expires == 3600 })
    }

    @Test("an interval above the maximum is cut to it")
    mutating func maximum() throws {
        let contact = Phone.contact("sip:a@192.0.2.1", expires: .max)
        #expect(try register(Phone.register(contact, cseq: 1)).map(\.expires) == [7200])
        register.settings.maximumExpires = nil
        #expect(try register(Phone.register(contact, cseq: 2)).map(\.expires) == [.max])
    }

    @Test("an interval below the minimum is refused with 423 and the minimum", arguments: [1, 59])
    mutating func tooBrief(expires: UInt32) throws {
        let contact = Phone.contact("sip:a@192.0.2.1", expires: expires)
        #expect(throws: RegistrationRefusal.tooBrief(minimum: 60)) {
            try register(Phone.register(contact, cseq: 1))
        }
        #expect(RegistrationRefusal.tooBrief(minimum: 60).status.code == 423)
    }

    @Test("an interval of an hour is never too brief, whatever the minimum")
    mutating func anHour() throws {
        register.settings.minimumExpires = 7000
        let contact = Phone.contact("sip:a@192.0.2.1", expires: 3600)
        #expect(try register(Phone.register(contact, cseq: 1)).map(\.expires) == [3600])
        #expect(throws: RegistrationRefusal.tooBrief(minimum: 7000)) {
            try register(
                Phone.register(Phone.contact("sip:a@192.0.2.1", expires: 3599), cseq: 2))
        }
    }

    @Test("one contact that is refused leaves all as they were")
    mutating func atomic() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1))
        #expect(throws: RegistrationRefusal.self) {
            try register(
                Phone.register(
                    Phone.contact("sip:a@192.0.2.1", expires: 0),
                    Phone.contact("sip:b@192.0.2.1", expires: 30), cseq: 2))
        }
        #expect(register.uris == ["sip:a@192.0.2.1"])
        #expect(register.bindings.map(\.cseq) == [1])
    }

    @Test("expires 0 removes the binding, and one that is not there is no error")
    mutating func removal() throws {
        _ = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1"), Phone.contact("sip:b@192.0.2.1"), cseq: 1))
        let listed = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1"), Phone.contact("sip:none@192.0.2.1"), cseq: 2,
                expires: 0))
        #expect(listed.map(\.binding.uri) == ["sip:b@192.0.2.1"])
    }

    @Test("a refresh updates the binding, keeps its ruid, and stores Call-ID and CSeq")
    mutating func refresh() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1", q: 100), cseq: 1))
        let ruid = register.bindings[0].ruid
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1", q: 700), cseq: 9, callID: "two"),
            at: Phone.noon + 1800)
        #expect(register.bindings.count == 1)
        let binding = register.bindings[0]
        #expect(binding.ruid == ruid)
        #expect(binding.q == 700)
        #expect(binding.callID == "two")
        #expect(binding.cseq == 9)
        #expect(binding.expiresAt == Phone.noon + 5400)
    }

    @Test(
        "a CSeq that is not above the stored one of the same Call-ID fails with 500",
        arguments: [4, 5])
    mutating func outOfOrder(cseq: UInt32) throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1", q: 100), cseq: 5))
        #expect(throws: RegistrationRefusal.outOfOrder) {
            try register(Phone.register(Phone.contact("sip:a@192.0.2.1", q: 200), cseq: cseq))
        }
        #expect(throws: RegistrationRefusal.outOfOrder) {
            try register(
                Phone.register(Phone.contact("sip:a@192.0.2.1", expires: 0), cseq: cseq))
        }
        #expect(register.bindings.map(\.q) == [100])
        #expect(RegistrationRefusal.outOfOrder.status.code == 500)
    }

    @Test("another Call-ID updates the binding whatever its CSeq")
    mutating func otherCallID() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 500))
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1", expires: 0), cseq: 1, callID: "two"))
        #expect(register.bindings.isEmpty)
    }

    @Test("CSeq order is asked of the bindings that the REGISTER names, not of others")
    mutating func orderOfOthers() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 5))
        let listed = try register(Phone.register(Phone.contact("sip:b@192.0.2.1"), cseq: 4))
        #expect(listed.count == 2)
    }

    @Test("a binding that expired is gone: its CSeq orders nothing, its contact gets a new ruid")
    mutating func expired() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 5))
        let old = register.bindings[0].ruid
        let listed = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1), at: Phone.noon + 3600)
        #expect(listed.map(\.expires) == [3600])
        #expect(register.bindings.map(\.ruid) != [old])
    }

    @Test(
        "contacts equal by RFC 3261 19.1.4 are one binding",
        arguments: [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@[2001:db8::1]", "sip:carol@[2001:DB8:0::1]"),
            ("tel:+1-212-555-0100", "tel:+12125550100"),
        ] as [(ByteSlice, ByteSlice)])
    mutating func equalContacts(first: ByteSlice, second: ByteSlice) throws {
        _ = try register(Phone.register(Phone.contact(first), cseq: 1))
        _ = try register(Phone.register(Phone.contact(second), cseq: 2))
        #expect(register.bindings.map(\.uri) == [second])
    }

    @Test(
        "contacts not equal by RFC 3261 19.1.4 are two bindings",
        arguments: [
            ("sip:ALICE@atlanta.com", "sip:alice@atlanta.com"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com;transport=tcp"),
            ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:192.0.2.1", "sip:alice@192.0.2.1"),
            ("mailto:a@example.com", "mailto:A@example.com"),
        ] as [(ByteSlice, ByteSlice)])
    mutating func otherContacts(first: ByteSlice, second: ByteSlice) throws {
        _ = try register(Phone.register(Phone.contact(first), cseq: 1))
        _ = try register(Phone.register(Phone.contact(second), cseq: 2))
        #expect(Set(register.bindings.map(\.uri)) == [first, second])
    }

    @Test("the same contact twice in one REGISTER is one binding, and the last word holds")
    mutating func twice() throws {
        let listed = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1", q: 100), Phone.contact("sip:a@192.0.2.1", q: 900),
                Phone.contact("sip:b@192.0.2.1"), Phone.contact("sip:b@192.0.2.1", expires: 0),
                cseq: 1))
        #expect(listed.map(\.binding.q) == [900])
    }

    @Test("the contact's own parameters are listed as registered, expires is the registrar's")
    mutating func parameters() throws {
        var contact = Phone.contact("sip:a@192.0.2.1", expires: 90000, q: 250)
        contact.parameters = ";audio;+sip.instance=\"<urn:uuid:1>\""
        let listed = try register(Phone.register(contact, cseq: 1))
        #expect(
            listed.map(\.value.description) == [
                "<sip:a@192.0.2.1>;audio;+sip.instance=\"<urn:uuid:1>\";q=0.25;expires=7200"
            ])
    }

    @Test(
        "q is listed without digits more than needed",
        arguments: [
            (0, "0"), (1000, "1"), (500, "0.5"), (50, "0.05"), (5, "0.005"), (125, "0.125"),
        ]
            as [(UInt16, String)])
    mutating func qValues(q: UInt16, text: String) throws {
        let listed = try register(Phone.register(Phone.contact("sip:a@192.0.2.1", q: q), cseq: 1))
        #expect(
            listed.map(\.value.description) == ["<sip:a@192.0.2.1>;q=\(text);expires=3600"])
    }

    @Test("the highest q comes first, none counts as 1, and of equals the newest")
    mutating func order() throws {
        _ = try register(Phone.register(Phone.contact("sip:old@192.0.2.1"), cseq: 1))
        _ = try register(
            Phone.register(
                Phone.contact("sip:low@192.0.2.1", q: 100), Phone.contact("sip:new@192.0.2.1"),
                Phone.contact("sip:middle@192.0.2.1", q: 999), cseq: 2), at: Phone.noon + 1)
        #expect(
            register.uris == [
                "sip:new@192.0.2.1", "sip:old@192.0.2.1", "sip:middle@192.0.2.1",
                "sip:low@192.0.2.1",
            ])
    }
}
