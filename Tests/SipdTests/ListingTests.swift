import Testing
import sipd

@Suite("listing")
struct ListingTests {
    @Test("columns are aligned and what a phone sent is escaped")
    func table() {
        var listing = Listing(["aor", "contact"])
        listing.append(["alice@voice.example", "sip:a@192.0.2.1"])
        listing.append(["bob", "x\u{1B}[2J"])
        #expect(
            listing.table == """
                AOR                  CONTACT
                alice@voice.example  sip:a@192.0.2.1
                bob                  "x\\u001b[2J"

                """)
    }

    @Test("JSON is an array of objects")
    func json() {
        var listing = Listing(["user"])
        #expect(listing.json == "[]\n")
        listing.append(["a\"b"])
        listing.append(["c"])
        #expect(listing.json == "[\n  {\"user\": \"a\\\"b\"},\n  {\"user\": \"c\"}\n]\n")
    }
}
