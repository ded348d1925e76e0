import SIPCore
import SIPProxy
import Testing

@Suite("the best response") struct ResponseChoiceTests {
    /// RFC 3261 16.7 step 6: statuses, and which of them goes back.
    static let choices: [([UInt16], UInt16)] = [
        ([404], 404), ([404, 600], 600), ([600, 404, 302], 600), ([500, 404], 404),
        ([302, 401], 302), ([503, 500], 500), ([500, 503], 500), ([480, 401], 401),
        ([401, 480], 401), ([407, 484], 407), ([404, 484], 484), ([486, 415], 415),
        ([486, 420], 420), ([408, 404], 404), ([487, 486], 486), ([408, 500], 408),
        ([503, 699], 699),
    ]

    @Test("is a 6xx, else of the lowest class, else the most telling", arguments: choices)
    func best(statuses: [UInt16], expected: UInt16) throws {
        let index = try #require(ResponseChoice.best(of: statuses.map { SIPStatus($0) }))
        #expect(statuses[index] == expected)
    }

    @Test("among equals is the first") func first() {
        #expect(ResponseChoice.best(of: [SIPStatus(486), SIPStatus(404)]) == 0)
        #expect(ResponseChoice.best(of: [SIPStatus(500), SIPStatus(404), SIPStatus(486)]) == 1)
    }

    @Test("of none is none") func none() {
        #expect(ResponseChoice.best(of: []) == nil)
    }
}
