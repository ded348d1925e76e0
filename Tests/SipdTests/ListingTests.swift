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
        var listing = Listing(["user", "expires_in"])
        #expect(listing.json == "[]\n")
        listing.append(["a\"b", .number(60)])
        listing.append(["c", .nothing])
        #expect(
            listing.json == #"""
                [
                  {"user": "a\"b", "expires_in": 60},
                  {"user": "c", "expires_in": null}
                ]

                """#)
    }
}
