import SIPCore
import Testing

@Suite("the character classes") struct CharacterClassTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let alphanumeric = letters + "0123456789"
    private static let unreserved = alphanumeric + "-_.!~*'()"

    /// RFC 3261 section 25.1, each class with the characters of its rule.
    static let rules: [(CharacterClass, String)] = [
        (.token, alphanumeric + "-.!%*_+`'~"),
        (.word, alphanumeric + "-.!%*_+`'~()<>:\\\"/[]?{}"),
        (.digit, "0123456789"),
        (.alpha, letters),
        (.hexadecimal, "0123456789abcdefABCDEF"),
        (.user, unreserved + "&=+$,;?/"),
        (.uriParameter, unreserved + "[]/:&+$"),
        (.host, alphanumeric + "-._"),
    ]

    @Test("are those of the grammar, byte for byte", arguments: rules)
    func isGrammar(members: CharacterClass, characters: String) {
        let expected = Set(characters.utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isIn(members) == expected.contains(byte), "byte \(byte)")
        }
    }

    @Test("a capital is made small, and nothing else") func lowercased() {
        for byte in UInt8.min...UInt8.max {
            let isCapital = (0x41...0x5A).contains(byte)
            #expect(byte.lowercased == (isCapital ? byte + 32 : byte))
        }
    }

    @Test("a hexadecimal digit has its value") func hexadecimal() {
        for byte in UInt8.min...UInt8.max {
            let text = String(UnicodeScalar(byte))
            let expected = byte < 0x80 && byte.isIn(.hexadecimal) ? UInt8(text, radix: 16) : nil
            #expect(byte.hexadecimalValue == expected)
        }
    }
}
