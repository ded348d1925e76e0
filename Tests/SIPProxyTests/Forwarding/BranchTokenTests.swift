import SIPCore
import SIPProxy
import Testing

@Suite("a branch token") struct BranchTokenTests {
    static let tokens = [
        BranchToken(stripe: 0, session: 0, branch: 0, cookie: 0),
        BranchToken(stripe: 63, session: 16_383, branch: 9, cookie: 0x0123_4567_89AB_CDEF),
        BranchToken(stripe: .max, session: .max, branch: .max, cookie: .max),
    ]

    @Test("is read back as it was written", arguments: tokens)
    func whole(token: BranchToken) {
        var bytes: [UInt8] = []
        token.append(to: &bytes)
        #expect(bytes.count == 37)
        #expect(bytes.starts(with: "z9hG4bK".utf8))
        #expect(BranchToken(ByteSlice(bytes)) == token)
    }

    @Test(
        "is nothing but what we write",
        arguments: [
            "", "z9hG4bK", "z9hG4bK776asdhds", "z9hG4bK0000000000000000000000000000000",
            "z9hG4bK00000000000000000000000000000g", "z9hG4bK00000000000000000000000000000A",
            "z9hG4bK0000000000000000000000000000000", "z9hG4bK-00000000000000000000000000000",
            "z9hG4bK000000000000000000000000000000f0",
        ])
    func others(text: String) {
        #expect(BranchToken(ByteSlice(text)) == nil)
    }
}
