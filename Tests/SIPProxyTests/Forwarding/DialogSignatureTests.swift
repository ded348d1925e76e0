import SIPCore
import SIPProxy
import SIPTransaction
import Testing

@Suite("a dialog's signature") struct DialogSignatureTests {
    private let signature = DialogSignature(key: HashKey(1, 2))
    private let now = UnixTime(seconds: 1_800_000_000)

    @Test("holds for the caller's requests and for the callee's") func bothSides() {
        let text = text(callID: "a@b", tag: "caller")
        #expect(
            signature.verifies(text, callID: "a@b", fromTag: "caller", toTag: "callee", at: now))
        #expect(
            signature.verifies(text, callID: "a@b", fromTag: "callee", toTag: "caller", at: now))
    }

    @Test("holds for no other Call-ID or tags, and not before there is a To-tag")
    func others() {
        let text = text(callID: "a@b", tag: "caller")
        #expect(
            !signature.verifies(text, callID: "a@bc", fromTag: "caller", toTag: "callee", at: now))
        #expect(!signature.verifies(text, callID: "a@b", fromTag: "x", toTag: "y", at: now))
        #expect(
            !signature.verifies(text, callID: "a@b", fromTag: "Caller", toTag: "callee", at: now))
        #expect(!signature.verifies(text, callID: "a@b", fromTag: "caller", toTag: nil, at: now))
        #expect(
            !signature.verifies(text, callID: "a@", fromTag: "bcaller", toTag: "callee", at: now))
    }

    @Test("holds under its own key only") func otherKey() {
        let text = text(callID: "a@b", tag: "caller")
        for key in [HashKey(1, 3), HashKey(0, 2), HashKey(2, 1)] {
            #expect(
                !DialogSignature(key: key).verifies(
                    text, callID: "a@b", fromTag: "caller", toTag: "callee", at: now))
        }
    }

    @Test("is 32 digits in small letters, and no bit of it may differ") func bits() {
        let good = Array(text(callID: "a@b", tag: "caller"))
        #expect(good.count == 32)
        for index in good.indices {
            var bad = good
            bad[index] = bad[index] == 0x30 ? 0x31 : 0x30
            #expect(
                !signature.verifies(
                    ByteSlice(bad), callID: "a@b", fromTag: "caller", toTag: "callee", at: now))
        }
        for bad in [[], Array(good.dropLast()), good + [0x30], Array(repeating: 0x67, count: 24)] {
            #expect(
                !signature.verifies(
                    ByteSlice(bad), callID: "a@b", fromTag: "caller", toTag: "callee", at: now))
        }
    }

    @Test("holds for its lifetime, and no second longer, whatever clock is ahead")
    func age() {
        let text = text(callID: "a@b", tag: "caller")
        let week: Int64 = 7 * 24 * 3600
        for (seconds, isGood) in [
            (0, true), (week, true), (week + 1, false), (-week, true), (-week - 1, false),
            (Int64.max - now.seconds, false), (Int64.min + now.seconds, false),
        ] {
            let later = UnixTime(seconds: now.seconds + seconds)
            #expect(
                signature.verifies(
                    text, callID: "a@b", fromTag: "caller", toTag: "callee", at: later) == isGood)
        }
        #expect(
            !DialogSignature(key: HashKey(1, 2), lifetime: .seconds(60)).verifies(
                text, callID: "a@b", fromTag: "caller", toTag: "callee",
                at: UnixTime(seconds: now.seconds + 61)))
    }

    @Test("holds under a key that was signed with before, when that is still named") func rotation()
    {
        let text = text(callID: "a@b", tag: "caller")
        for (previous, isGood) in [
            ([HashKey(1, 2)], true), ([HashKey(7, 8), HashKey(1, 2)], true),
            ([HashKey(7, 8)], false),
        ] {
            #expect(
                DialogSignature(key: HashKey(5, 6), previous: previous).verifies(
                    text, callID: "a@b", fromTag: "caller", toTag: "callee", at: now) == isGood)
        }
    }

    /// The parameter's value.
    private func text(callID: ByteSlice, tag: ByteSlice) -> ByteSlice {
        var bytes: [UInt8] = []
        signature.sign(callID: callID, tag: tag, at: now).append(to: &bytes)
        return ByteSlice(Array(bytes.dropFirst(";sig=".utf8.count)))
    }
}
