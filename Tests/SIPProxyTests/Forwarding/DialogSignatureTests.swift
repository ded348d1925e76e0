import SIPCore
import SIPProxy
import SIPTransaction
import Testing

@Suite("a dialog's signature") struct DialogSignatureTests {
    private let signature = DialogSignature(key: HashKey(1, 2))

    @Test("holds for the caller's requests and for the callee's") func bothSides() {
        let text = text(callID: "a@b", tag: "caller")
        #expect(signature.verifies(text, callID: "a@b", fromTag: "caller", toTag: "callee"))
        #expect(signature.verifies(text, callID: "a@b", fromTag: "callee", toTag: "caller"))
    }

    @Test("holds for no other Call-ID or tags, and not before there is a To-tag")
    func others() {
        let text = text(callID: "a@b", tag: "caller")
        #expect(!signature.verifies(text, callID: "a@bc", fromTag: "caller", toTag: "callee"))
        #expect(!signature.verifies(text, callID: "a@b", fromTag: "x", toTag: "y"))
        #expect(!signature.verifies(text, callID: "a@b", fromTag: "Caller", toTag: "callee"))
        #expect(!signature.verifies(text, callID: "a@b", fromTag: "caller", toTag: nil))
        #expect(!signature.verifies(text, callID: "a@", fromTag: "bcaller", toTag: "callee"))
    }

    @Test("holds under its own key only") func otherKey() {
        let text = text(callID: "a@b", tag: "caller")
        for key in [HashKey(1, 3), HashKey(0, 2), HashKey(2, 1)] {
            #expect(
                !DialogSignature(key: key).verifies(
                    text, callID: "a@b", fromTag: "caller", toTag: "callee"))
        }
    }

    @Test("is 24 digits in small letters, and no bit of it may differ") func bits() {
        let good = Array(text(callID: "a@b", tag: "caller"))
        #expect(good.count == 24)
        for index in good.indices {
            var bad = good
            bad[index] = bad[index] == 0x30 ? 0x31 : 0x30
            #expect(
                !signature.verifies(
                    ByteSlice(bad), callID: "a@b", fromTag: "caller", toTag: "callee"))
        }
        for bad in [[], Array(good.dropLast()), good + [0x30], Array(repeating: 0x67, count: 24)] {
            #expect(
                !signature.verifies(
                    ByteSlice(bad), callID: "a@b", fromTag: "caller", toTag: "callee"))
        }
    }

    /// The parameter's value.
    private func text(callID: ByteSlice, tag: ByteSlice) -> ByteSlice {
        var bytes: [UInt8] = []
        signature.sign(callID: callID, tag: tag).append(to: &bytes)
        return ByteSlice(Array(bytes.dropFirst(";sig=".utf8.count)))
    }
}
