import NIOWebSocket
import SIPCore
import SIPTransport
import Testing

@Suite("a WebSocket message in fragments") struct WebSocketAssemblyTests {
    private func frame(_ isFinal: Bool, _ isFirst: Bool, _ size: Int) -> WebSocketAssembly.Frame {
        .init(
            opcode: isFirst ? .text : .continuation, isFinal: isFinal, isMasked: true,
            hasReservedBits: false, payload: Array(repeating: 65, count: size))
    }

    @Test("has a time from its first to its last, whatever comes between")
    func slow() {
        var assembly = WebSocketAssembly(limit: 1000, time: .seconds(15))
        #expect(assembly.receive(frame(false, true, 1), at: .zero) == .nothing)
        for second in Int64(1)...15 {
            let now = Instant.zero + .seconds(second)
            #expect(assembly.receive(frame(false, false, 1), at: now) == .nothing)
        }
        #expect(
            assembly.receive(frame(true, false, 1), at: Instant.zero + .seconds(16))
                == .failure(.policyViolation))
    }

    @Test("of no bytes each does not go on for ever")
    func empty() {
        var assembly = WebSocketAssembly(limit: 1000, time: .seconds(15))
        var last = assembly.receive(frame(false, true, 0), at: .zero)
        var count = 1
        while last == .nothing, count < 100_000 {
            last = assembly.receive(frame(false, false, 0), at: .zero)
            count += 1
        }
        #expect(last == .failure(.messageTooLarge))
        #expect(count < 2000)
    }
}
