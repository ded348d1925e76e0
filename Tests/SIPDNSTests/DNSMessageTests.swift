import SIPCore
import SIPDNS
import Testing

@Suite("a message of the DNS") struct DNSMessageTests {
    /// A header, the question `example.com`, and records.
    private func message(
        code: UInt8 = 0, answers: [[UInt8]] = [], authorities: [[UInt8]] = []
    ) -> [UInt8] {
        var bytes: [UInt8] = [0, 1, 0x81, 0x80 | code, 0, 1, 0, UInt8(answers.count)]
        bytes += [0, UInt8(authorities.count), 0, 0]
        bytes += [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0, 0, 1, 0, 1]
        return bytes + answers.joined() + authorities.joined()
    }

    /// A record of example.com.
    private func record(_ type: UInt8, seconds: UInt32 = 300, _ data: [UInt8]) -> [UInt8] {
        let time = (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * $0)) }
        return [0xC0, 12, 0, type, 0, 1] + time + [0, UInt8(data.count)] + data
    }

    @Test("has addresses, and the shortest of its times") func addresses() throws {
        let bytes = message(answers: [
            record(5, seconds: 20, [0xC0, 12]), record(1, seconds: 60, [192, 0, 2, 1]),
            record(1, seconds: 30, [192, 0, 2, 2]),
        ])
        let read = try #require(DNSMessage(bytes, type: .a))
        #expect(read.answer == .addresses([.v4(0xC000_0201), .v4(0xC000_0202)]))
        #expect(read.lifetime == .seconds(20))
        let six = message(answers: [
            record(28, [0x20, 1, 0xD, 0xB8] + Array(repeating: 0, count: 11) + [1])
        ])
        #expect(
            DNSMessage(six, type: .aaaa)?.answer
                == .addresses([.v6(high: 0x2001_0DB8_0000_0000, low: 1)]))
    }

    @Test("has services and pointers, their names compressed or not") func services() throws {
        let target: [UInt8] = [1, 0x53, 0xC0, 12]
        let services = message(answers: [
            record(33, [0, 1, 0, 2, 0x13, 0xC4] + target), record(33, [0, 1, 0, 2, 0, 0, 0]),
        ])
        #expect(
            DNSMessage(services, type: .srv)?.answer
                == .services([
                    ServiceRecord(priority: 1, weight: 2, port: 5060, target: "s.example.com"),
                    ServiceRecord(priority: 1, weight: 2, port: 0, target: nil),
                ]))
        let pointer =
            [0, 10, 0, 20, 1, 0x73, 7] + Array("SIP+D2U".utf8) + [0] + target as [UInt8]
        #expect(
            DNSMessage(message(answers: [record(35, pointer)]), type: .naptr)?.answer
                == .pointers([
                    PointerRecord(
                        order: 10, preference: 20, flags: [0x73],
                        services: Array("SIP+D2U".utf8), regexp: [],
                        replacement: "s.example.com")
                ]))
    }

    @Test("says for how long there is nothing: the SOA's minimum, or its own time")
    func nothing() throws {
        func soa(_ seconds: UInt32, minimum: UInt8) -> [UInt8] {
            record(6, seconds: seconds, [0, 0] + Array(repeating: 0, count: 19) + [minimum])
        }
        for (seconds, minimum, expected) in [(300, 60, 60), (30, 60, 30)]
            as [(UInt32, UInt8, Int64)]
        {
            let bytes = message(code: 3, authorities: [soa(seconds, minimum: minimum)])
            let read = try #require(DNSMessage(bytes, type: .a))
            #expect(read.answer == .nothing)
            #expect(read.lifetime == .seconds(expected))
        }
        let bare = try #require(DNSMessage(message(), type: .srv))
        #expect(bare.answer == .nothing)
        #expect(bare.lifetime == nil)
    }

    @Test(
        "that a server sends for its own troubles says nothing of the name", arguments: [1, 2, 5])
    func codes(code: UInt8) {
        guard case .failed? = DNSMessage(message(code: code), type: .a)?.answer else {
            Issue.record("a failure")
            return
        }
    }

    @Test("is read to its end and no further, however it is cut or bent") func bent() {
        let whole = message(
            answers: [record(33, [0, 1, 0, 2, 0x13, 0xC4, 1, 0x53, 0xC0, 12])],
            authorities: [record(6, [0, 0] + Array(repeating: 0, count: 20))])
        for length in 0..<whole.count {
            for type in RecordType.allCases { _ = DNSMessage(Array(whole[..<length]), type: type) }
        }
        #expect(DNSMessage(Array(whole[..<40]), type: .srv) == nil)
        for place in whole.indices {
            for byte in [0, 0x3F, 0x40, 0xC0, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[place] = byte
                for type in RecordType.allCases { _ = DNSMessage(bytes, type: type) }
            }
        }
    }

    @Test("whose names lead round in circles has none") func circles() {
        // The target's pointer is at offset 29 + 12 + 6 = 47.
        let service = record(33, [0, 1, 0, 2, 0x13, 0xC4, 0xC0, 47])
        #expect(DNSMessage(message(answers: [service]), type: .srv)?.answer == .nothing)
    }
}
