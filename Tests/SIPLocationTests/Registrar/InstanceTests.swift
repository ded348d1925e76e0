import SIPCore
import SIPLocation
import Testing

/// RFC 5626 section 6: which binding a phone with an instance updates.
@Suite("Instance")
struct InstanceTests {
    var register = RegistrarTests.Register()
    static let phone: ByteSlice = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"

    @Test("a phone that comes back with another URI replaces its binding")
    mutating func moved() throws {
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1", instance: Self.phone), cseq: 1))
        let ruid = register.bindings[0].ruid
        _ = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.2:6000", instance: Self.phone), cseq: 1,
                callID: "two"))
        #expect(register.uris == ["sip:a@192.0.2.2:6000"])
        #expect(register.bindings.map(\.ruid) == [ruid])
    }

    @Test("two phones of one account keep their own bindings")
    mutating func twoPhones() throws {
        for (index, instance) in (["<urn:uuid:1>", "<urn:uuid:2>"] as [ByteSlice]).enumerated() {
            _ = try register(
                Phone.register(
                    Phone.contact(ByteSlice("sip:a@192.0.2.\(index)"), instance: instance),
                    cseq: 1, callID: instance))
        }
        #expect(register.bindings.count == 2)
    }

    @Test("the flows of one phone are told apart by reg-id, whatever their URI")
    mutating func flows() throws {
        for regID in [1, 2] as [UInt32] {
            _ = try register(
                Phone.register(
                    Phone.contact("sip:a@192.0.2.1", instance: Self.phone, regID: regID),
                    cseq: regID))
        }
        #expect(Set(register.bindings.map(\.regID)) == [1, 2])
        _ = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.7", instance: Self.phone, regID: 2), cseq: 3))
        #expect(register.bindings.count == 2)
        #expect(register.bindings.first { $0.regID == 2 }?.uri == "sip:a@192.0.2.7")
    }

    @Test("a reg-id without an instance is ignored")
    mutating func noInstance() throws {
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1", regID: 1), cseq: 1))
        _ = try register(Phone.register(Phone.contact("sip:a@192.0.2.1", regID: 2), cseq: 2))
        #expect(register.bindings.map(\.regID) == [nil])
    }

    @Test("two new contacts with a reg-id in one REGISTER are a bad request")
    mutating func twoFlows() throws {
        let contacts = [1, 2].map {
            Phone.contact(
                ByteSlice("sip:a@192.0.2.\($0)"), instance: Self.phone, regID: UInt32($0))
        }
        #expect(throws: RegistrationRefusal.badRequest("One Contact With reg-id At a Time")) {
            try register(Phone.register(contacts[0], contacts[1], cseq: 1))
        }
    }

    @Test("two contacts of one phone in one REGISTER stay two")
    mutating func twoContacts() throws {
        let contacts = ["sip:a@192.0.2.1", "sips:a@192.0.2.1"].map {
            Phone.contact(ByteSlice($0), instance: Self.phone)
        }
        _ = try register(Phone.register(contacts[0], contacts[1], cseq: 1))
        _ = try register(Phone.register(contacts[0], contacts[1], cseq: 2))
        #expect(register.bindings.count == 2)
    }

    @Test("a phone removes its flow by naming the URI alone")
    mutating func removal() throws {
        _ = try register(
            Phone.register(
                Phone.contact("sip:a@192.0.2.1", instance: Self.phone, regID: 1), cseq: 1))
        _ = try register(
            Phone.register(Phone.contact("sip:a@192.0.2.1", expires: 0), cseq: 2))
        #expect(register.bindings.isEmpty)
    }
}
