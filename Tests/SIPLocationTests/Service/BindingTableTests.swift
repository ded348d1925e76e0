import SIPCore
import SIPLocation
import Testing

@Suite("Binding table")
struct BindingTableTests {
    private func binding(_ ruid: Int, user: Int, expires: Int64?) throws -> Binding {
        let address = AddressOfRecord(user: ByteSlice("u\(user)"), host: "voice.example")
        let fields = Phone.binding(
            ByteSlice("sip:a\(ruid)@192.0.2.1"), of: address, ruid: ByteSlice("r\(ruid)"),
            expiresAt: expires.map { UnixTime(seconds: $0) })
        return try #require(Binding(fields))
    }

    @Test("it does what a dictionary does, through thousands of random steps", arguments: 1...4)
    func model(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var table = BindingTable()
        var model: [Int: (user: Int, expires: Int64?)] = [:]
        var now: Int64 = 0
        func hash(_ user: Int) -> UInt32 { UInt32(user % 7) }

        for _ in 0..<1000 {
            let ruid = Int.random(in: 0..<300, using: &random)
            let user = ruid % 40
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let expires =
                    Int.random(in: 0..<8, using: &random) == 0
                    ? nil : now + Int64.random(in: 1...100, using: &random)
                table.put(try binding(ruid, user: user, expires: expires), hash: hash(user))
                model[ruid] = (user, expires)
            case 6..<9:
                let address = try binding(ruid, user: user, expires: nil).address
                table.remove(ByteSlice("r\(ruid)"), of: address, hash: hash(user))
                model[ruid] = nil
            default:
                now += Int64.random(in: 0...30, using: &random)
                let expired = table.expire(at: UnixTime(seconds: now))
                let gone = model.filter { ($0.value.expires ?? .max) <= now }
                #expect(Set(expired.map(\.ruid)) == Set(gone.keys.map { ByteSlice("r\($0)") }))
                for ruid in gone.keys { model[ruid] = nil }
            }
            #expect(table.count == model.count)
            #expect(table.addressCount == Set(model.values.map(\.user)).count)
            let address = try binding(0, user: user, expires: nil).address
            let found = table.bindings(of: address, hash: hash(user))
            let expected = model.filter { $0.value.user == user }
            #expect(Set(found.map(\.ruid)) == Set(expected.keys.map { ByteSlice("r\($0)") }))
        }
        #expect(Set(table.all().map(\.ruid)) == Set(model.keys.map { ByteSlice("r\($0)") }))
    }

    @Test("a clock that jumps by years expires what is due, and one set back nothing")
    func jumps() throws {
        var table = BindingTable()
        for index in 0..<100 {
            table.put(try binding(index, user: index, expires: Int64(1000 + index * 50)), hash: 1)
        }
        table.put(try binding(100, user: 100, expires: 100_000_000_000), hash: 1)
        #expect(table.expire(at: UnixTime(seconds: 999)).isEmpty)
        #expect(table.expire(at: UnixTime(seconds: 1000)).count == 1)
        #expect(table.expire(at: UnixTime(seconds: 1049)).isEmpty)
        #expect(table.expire(at: UnixTime(seconds: 500)).isEmpty)
        #expect(table.expire(at: UnixTime(seconds: 1_000_000_000)).count == 99)
        #expect(table.count == 1)
        #expect(table.expire(at: UnixTime(seconds: 4_294_967_295)).isEmpty)
    }
}

/// Random numbers that repeat.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
