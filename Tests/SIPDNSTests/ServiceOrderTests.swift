import SIPCore
import SIPDNS
import Testing

@Suite("the order of a service's servers") struct ServiceOrderTests {
    /// How often each server of `_sip._udp.example.com` comes first in 4,000 draws.
    private func firsts(_ lines: [String]) throws -> [String: Int] {
        var zone = Zone()
        for line in lines { zone.add("_sip._udp.example.com", line) }
        for number in 1...3 {
            let name = DNSName(ByteSlice("s\(number).test")) ?? "invalid"
            zone.add(name, "a 192.0.2.\(number)")
        }
        var counts: [String: Int] = [:]
        for random in 0..<4000 {
            let server = ServerQuery(host: "example.com", transport: .udp)
            let found = try zone.locate(server, random: UInt64(random)).result.get()
            #expect(Set(found).count == lines.count)
            counts[found[0], default: 0] += 1
        }
        return counts
    }

    @Test("follows the priorities, whatever the weights") func priorities() throws {
        let counts = try firsts(["srv 2 60000 5060 s1.test", "srv 1 0 5060 s2.test"])
        #expect(counts == ["udp:192.0.2.2:5060": 4000])
    }

    @Test("shares by weight among equal priorities") func weights() throws {
        let counts = try firsts([
            "srv 1 60 5060 s1.test", "srv 1 30 5060 s2.test", "srv 1 10 5060 s3.test",
        ])
        #expect((2250...2550).contains(counts["udp:192.0.2.1:5060"] ?? 0))
        #expect((1050...1350).contains(counts["udp:192.0.2.2:5060"] ?? 0))
        #expect((300...500).contains(counts["udp:192.0.2.3:5060"] ?? 0))
    }

    @Test("gives weight 0 a very small chance beside others") func zero() throws {
        let counts = try firsts(["srv 1 99 5060 s1.test", "srv 1 0 5060 s2.test"])
        #expect((1...120).contains(counts["udp:192.0.2.2:5060"] ?? 0))
    }
}
