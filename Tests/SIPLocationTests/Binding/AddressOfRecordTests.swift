import SIPCore
import SIPLocation
import Testing

/// RFC 3261 10.3 step 5.
@Suite("Address of record")
struct AddressOfRecordTests {
    @Test(
        "parameters, password, port and scheme are no part of it, escapes are undone, the host is small",
        arguments: [
            "sip:alice@voice.example", "sips:alice@VOICE.Example:5061",
            "sip:%61lice@voice.example;transport=tcp;user=phone", "sip:alice:secret@voice.example",
        ])
    func canonical(uri: String) throws {
        let address = try #require(AddressOfRecord(URI(uri)))
        #expect(address == Phone.alice)
        #expect(address.user == "alice")
        #expect(address.host == "voice.example")
        #expect(address.text == "alice@voice.example")
    }

    @Test(
        "other users and hosts are other addresses",
        arguments: ["sip:Alice@voice.example", "sip:alice@voice.example.org", "sip:voice.example"])
    func others(uri: String) throws {
        #expect(try #require(AddressOfRecord(URI(uri))) != Phone.alice)
    }

    @Test("where the user ends counts")
    func split() {
        #expect(
            AddressOfRecord(user: "ab", host: "c") != AddressOfRecord(user: "a", host: "bc"))
    }

    @Test("an escaped @ belongs to the user")
    func at() throws {
        let address = try #require(AddressOfRecord(URI("sip:a%40b@voice.example")))
        #expect(address.user == "a@b")
        #expect(address.host == "voice.example")
    }

    @Test(
        "a telephone number is its digits",
        arguments: ["tel:+1-212-555-0100", "tel:+1(212)5550100"])
    func telephone(uri: String) throws {
        let address = try #require(AddressOfRecord(URI(uri)))
        #expect(address.text == "+12125550100")
        #expect(address.host.isEmpty)
    }

    @Test("other schemes have none")
    func otherSchemes() throws {
        #expect(AddressOfRecord(try URI("mailto:alice@voice.example")) == nil)
    }
}
