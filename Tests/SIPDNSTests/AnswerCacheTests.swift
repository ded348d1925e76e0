import SIPCore
import SIPDNS
import Testing

@Suite("the cache of answers") struct AnswerCacheTests {
    private let question = Question("example.com", .a)
    private let answer = Answer.addresses([.v4(0xC000_0201)])

    @Test("keeps an answer as long as it holds") func lifetime() {
        var cache = AnswerCache()
        cache.keep(answer, for: .seconds(60), of: question, at: .zero)
        #expect(cache.answer(to: question, at: .zero + .seconds(59)) == answer)
        #expect(cache.answer(to: question, at: .zero + .seconds(60)) == nil)
        #expect(cache.answer(to: Question("example.com", .aaaa), at: .zero) == nil)
        #expect(cache.answer(to: Question("EXAMPLE.com.", .a), at: .zero) == answer)
    }

    @Test("does not keep what holds for no time") func zero() {
        var cache = AnswerCache()
        cache.keep(answer, for: .zero, of: question, at: .zero)
        #expect(cache.answer(to: question, at: .zero) == nil)
    }

    @Test("believes a day at most of an answer, and five minutes of none") func bounds() {
        var cache = AnswerCache()
        cache.keep(answer, for: .seconds(1_000_000), of: question, at: .zero)
        #expect(cache.answer(to: question, at: .zero + .seconds(86_399)) == answer)
        #expect(cache.answer(to: question, at: .zero + .seconds(86_400)) == nil)
        cache.keep(.nothing, for: .seconds(3600), of: question, at: .zero)
        #expect(cache.answer(to: question, at: .zero + .seconds(299)) == .nothing)
        #expect(cache.answer(to: question, at: .zero + .seconds(300)) == nil)
    }

    @Test("keeps a failure, and nothing without a time, for a moment") func failures() {
        var cache = AnswerCache()
        for answer in [Answer.nothing, .failed(.timedOut)] {
            cache.keep(answer, for: nil, of: question, at: .zero)
            #expect(cache.answer(to: question, at: .zero + .seconds(4)) == answer)
            #expect(cache.answer(to: question, at: .zero + .seconds(5)) == nil)
        }
        cache.keep(.failed(.busy), for: nil, of: Question("b.test", .a), at: .zero)
        #expect(cache.answer(to: Question("b.test", .a), at: .zero) == nil)
    }

    @Test("answers with what was last known while the DNS is silent") func stale() {
        var cache = AnswerCache()
        cache.keep(answer, for: .seconds(60), of: question, at: .zero)
        let later = Instant.zero + .seconds(3600)
        #expect(cache.answer(to: question, at: later) == nil)
        #expect(cache.keep(.failed(.timedOut), for: nil, of: question, at: later) == answer)
        #expect(cache.answer(to: question, at: later + .seconds(4)) == answer)
        #expect(cache.answer(to: question, at: later + .seconds(5)) == nil)
        let tooLate = Instant.zero + .seconds(60 + 86_400)
        #expect(
            cache.keep(.failed(.timedOut), for: nil, of: question, at: tooLate)
                == .failed(.timedOut))
        // That there is nothing is no failure: what was known is over.
        cache.keep(answer, for: .seconds(60), of: question, at: tooLate)
        #expect(
            cache.keep(.nothing, for: .seconds(60), of: question, at: tooLate) == .nothing)
    }

    @Test("is bounded, and what is asked for stays") func bounded() throws {
        var limits = CacheLimits()
        limits.weight = 1000
        var cache = AnswerCache(limits)
        cache.keep(answer, for: .seconds(60), of: question, at: .zero)
        for number in 0..<10_000 {
            let name = try #require(DNSName(ByteSlice("n\(number).test")))
            cache.keep(
                .addresses([.v4(1), .v4(2)]), for: .seconds(60), of: Question(name, .a), at: .zero)
            #expect(cache.weight <= 1000)
            #expect(cache.answer(to: question, at: .zero) == answer)
        }
        let large = Answer.addresses(Array(repeating: .v4(1), count: 600))
        cache.keep(large, for: .seconds(60), of: Question("large.test", .a), at: .zero)
        #expect(cache.weight <= 1000)
        #expect(cache.answer(to: Question("large.test", .a), at: .zero) == nil)
    }
}

@Suite("destinations that failed") struct QuarantineTests {
    private let endpoints = (1...3).map { Endpoint(.udp, .v4(0xC000_0200 + $0), port: 5060) }

    @Test("are tried last until their time is over") func order() {
        var quarantine = Quarantine()
        quarantine.setAside(endpoints[0], until: .zero + .seconds(30), at: .zero)
        #expect(
            quarantine.ordered(endpoints, at: .zero) == [endpoints[1], endpoints[2], endpoints[0]])
        #expect(quarantine.ordered(endpoints, at: .zero + .seconds(30)) == endpoints)
        #expect(quarantine.ordered(endpoints, at: .zero) == endpoints)
    }

    @Test("are better than none") func only() {
        var quarantine = Quarantine()
        for endpoint in endpoints {
            quarantine.setAside(endpoint, until: .zero + .seconds(30), at: .zero)
        }
        #expect(quarantine.ordered(endpoints, at: .zero) == endpoints)
    }

    @Test("are remembered up to a limit") func bounded() {
        var quarantine = Quarantine(limit: 1)
        quarantine.setAside(endpoints[1], until: .zero + .seconds(30), at: .zero)
        quarantine.setAside(endpoints[0], until: .zero + .seconds(30), at: .zero)
        #expect(
            quarantine.ordered(endpoints, at: .zero) == [endpoints[0], endpoints[2], endpoints[1]])
        // Whose time is over makes room.
        let later = Instant.zero + .seconds(31)
        quarantine.setAside(endpoints[0], until: later + .seconds(30), at: later)
        #expect(quarantine.ordered(endpoints, at: later).last == endpoints[0])
    }
}
