import SIPCore
import Testing

@Suite("mutated messages") struct MutationTests {
    static let paths =
        Fixture.paths(under: "rfc4475", suffix: ".dat")
        + Fixture.paths(under: "rfc5118", suffix: ".dat")

    @Test("break nothing, whatever is asked of them", arguments: paths)
    func mutated(path: String) throws {
        let original = try Fixture.bytes(path)
        var random = SplitMix(state: UInt64(truncatingIfNeeded: original.count))
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<random.next(4) + 1 { random.mutate(&bytes) }
            readAll(bytes)
            var framer = StreamFramer()
            let place = random.next(bytes.count + 1)
            var given = 0
            for part in [bytes[..<place], bytes[place...]] {
                framer.append(part)
                while let frame = framer.next() {
                    guard case .message(let message) = frame else { continue }
                    given += message.count
                    // Where the framer cuts, the parser finds the same end.
                    if let parsed = try? SIPMessage(message) {
                        #expect(parsed.bodyEnd == message.count)
                    }
                }
            }
            #expect(given + framer.bufferedCount <= bytes.count)
        }
    }

    /// Asks for everything; only that it ends matters.
    private func readAll(_ bytes: [UInt8]) {
        switch try? SIPMessage(bytes) {
        case .request(let request):
            _ = try? request.check()
            _ = try? request.uri.isEquivalent(to: request.to.uri)
            _ = try? request.uri.sip?.unescapedUser
            readAll(request)
        case .response(let response):
            _ = try? response.check()
            _ = response.reasonPhrase.description
            readAll(response)
        case nil: break
        }
    }

    private func readAll(_ message: some HeaderReading) {
        _ = try? message.vias.map { ($0.host.address, $0.receivedAddress, $0.transport) }
        if case .contacts(let contacts) = try? message.contacts {
            for contact in contacts {
                _ = contact.parameters.map(\.name)
                _ = contact.uri.sip?.parameters.map(\.name)
                for other in contacts { _ = contact.uri.isEquivalent(to: other.uri) }
            }
        }
        _ = try? message.routes
        _ = try? message.recordRoutes
        _ = try? message.authorizations.map { ($0.username?.withoutQuotedPairs, $0.nonceCount) }
        _ = try? message.wwwAuthenticates
        _ = try? message.contentType
        _ = try? message.date
        _ = try? message.retryAfter
        _ = message.require.map(\.count) + message.allow.map(\.count)
        _ = message.body.count
    }
}

extension SIPMessage {
    fileprivate var bodyEnd: Int {
        switch self {
        case .request(let request): request.message.body.upper
        case .response(let response): response.message.body.upper
        }
    }
}

/// Random numbers that are the same on every run.
private struct SplitMix {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (value ^ (value >> 31)) >> 1) % max(bound, 1)
    }

    /// Changes, cuts, doubles or puts in something; bytes that mean something to the grammar more
    /// often than others.
    mutating func mutate(_ bytes: inout [UInt8]) {
        let telling = Array("\r\n\0 \t<>\"\\;,:@?=%[]*.019aZ\u{7F}".utf8) + [0x80, 0xFF]
        let place = next(bytes.count + 1)
        switch next(5) {
        case 0 where place < bytes.count: bytes[place] = telling[next(telling.count)]
        case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: next(256))
        case 2: bytes.insert(telling[next(telling.count)], at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + next(20)))
        default:
            let end = min(bytes.count, place + next(60))
            bytes.insert(contentsOf: Array(bytes[place..<end]), at: next(bytes.count + 1))
        }
    }
}
