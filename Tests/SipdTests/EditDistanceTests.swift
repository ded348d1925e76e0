import Testing
import sipd

@Suite("suggestion")
struct EditDistanceTests {
    @Test(
        "the distance counts insertions, deletions, replacements and swaps",
        arguments: [
            ("listen", "listen", 0), ("listne", "listen", 1), ("lsten", "listen", 1),
            ("listenn", "listen", 1), ("lizten", "listen", 1), ("", "abc", 3), ("abc", "", 3),
            ("kitten", "sitting", 3),
        ])
    func distance(left: String, right: String, expected: Int) {
        #expect(EditDistance.between(left, right) == expected)
    }

    @Test("a near word is suggested and a far one is not")
    func suggestion() {
        let words = ["listen", "domains", "database"]
        #expect(EditDistance.suggestion(for: "listne", among: words) == "listen")
        #expect(EditDistance.suggestion(for: "Domain", among: words) == "domains")
        #expect(EditDistance.suggestion(for: "fifo", among: words) == nil)
        #expect(EditDistance.suggestion(for: "fifo", among: []) == nil)
    }
}
