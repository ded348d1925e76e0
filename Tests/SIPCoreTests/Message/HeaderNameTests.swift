import SIPCore
import Testing

@Suite("the known header names") struct HeaderNameTests {
    private func known(_ name: String) -> KnownHeader {
        let bytes = Array(name.utf8)
        return KnownHeader(bytes.span, 0, bytes.count)
    }

    @Test("are found in any case", arguments: KnownHeader.allCases.filter { $0 != .other })
    func anyCase(header: KnownHeader) {
        #expect(known(header.name) == header)
        #expect(known(header.name.uppercased()) == header)
        #expect(known(header.name.lowercased()) == header)
        #expect(HeaderName(header.name).name == header.name)
    }

    @Test(
        "have compact forms, in any case",
        arguments: [
            ("v", .via), ("f", .from), ("t", .to), ("m", .contact), ("i", .callID),
            ("k", .supported),
            ("l", .contentLength), ("c", .contentType), ("e", .contentEncoding), ("o", .event),
            ("s", .subject),
            ("u", .allowEvents), ("x", .sessionExpires), ("r", .referTo), ("b", .referredBy),
        ] as [(String, KnownHeader)])
    func compact(letter: String, header: KnownHeader) {
        #expect(known(letter) == header)
        #expect(known(letter.uppercased()) == header)
    }

    @Test("no other letter is one") func otherLetters() {
        let compact = Set("vftmiklceosuxrb".utf8)
        for byte in UInt8.min...UInt8.max where !compact.contains(byte.lowercased) {
            #expect(KnownHeader([byte].span, 0, 1) == .other)
        }
    }

    @Test(
        "a name with one byte changed, cut or added is none",
        arguments: KnownHeader.allCases.filter { $0 != .other })
    func near(header: KnownHeader) {
        let name = Array(header.name.utf8)
        for index in name.indices {
            var changed = name
            changed[index] = 0x7E
            #expect(KnownHeader(changed.span, 0, changed.count) == .other)
        }
        #expect(known(header.name + "x") == .other)
        #expect(known("x" + header.name) == .other)
    }

    @Test("are the same as any spelling of theirs") func equality() {
        #expect(HeaderName("v") == HeaderName("VIA"))
        #expect(HeaderName("X-Hdr") == HeaderName("x-hdr"))
        #expect(HeaderName("X-Hdr") != HeaderName("X-Hdr2"))
        #expect(Set([HeaderName("i"), "Call-ID", "x-a", "X-A"]).count == 2)
    }
}
