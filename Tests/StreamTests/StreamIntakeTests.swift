import SIPCore
import SIPTransport
import Testing

@Suite("what comes in on a connection") struct StreamIntakeTests {
    private let message = Array("OPTIONS sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nbody".utf8)

    private func settings() -> StreamSettings {
        var settings = StreamSettings()
        settings.messageTime = .seconds(15)
        settings.idleTime = .seconds(600)
        return settings
    }

    private func at(_ seconds: Int64) -> Instant { Instant.zero + .seconds(seconds) }

    @Test("a byte a second is cut off when the message's time is over")
    func byteASecond() {
        var intake = StreamIntake(.stream, settings(), mustSpeak: true, at: .zero)
        var cut: Int64?
        for (second, byte) in message.enumerated() {
            let now = at(Int64(second))
            if intake.overdue(at: now) == .slow {
                cut = Int64(second)
                break
            }
            intake.append([byte], at: now)
            #expect(intake.next(at: now) == nil)
        }
        #expect(cut == 16)
    }

    @Test("each message has its own time, and pauses between them cost nothing")
    func pauses() {
        var intake = StreamIntake(.stream, settings(), mustSpeak: true, at: .zero)
        for start in stride(from: Int64(5), to: 3000, by: 500) {
            intake.append(message.prefix(20), at: at(start))
            #expect(intake.next(at: at(start)) == nil)
            intake.append(message.dropFirst(20), at: at(start + 10))
            #expect(intake.next(at: at(start + 10)) == .message(message))
            #expect(intake.next(at: at(start + 10)) == nil)
            #expect(intake.overdue(at: at(start + 400)) == nil)
        }
    }

    @Test("CR LF alone is no message that has begun")
    func halfPing() {
        var intake = StreamIntake(.stream, settings(), mustSpeak: false, at: .zero)
        intake.append([0x0D, 0x0A], at: .zero)
        #expect(intake.next(at: .zero) == nil)
        #expect(intake.overdue(at: at(100)) == nil)
        #expect(intake.overdue(at: at(601)) == .idle)
    }

    @Test("who connected has to speak, who was connected to has not")
    func firstMessage() {
        for mustSpeak in [true, false] {
            let intake = StreamIntake(.stream, settings(), mustSpeak: mustSpeak, at: .zero)
            #expect(intake.overdue(at: at(16)) == (mustSpeak ? .slow : nil))
        }
    }

    @Test("what is only announced takes no memory")
    func announced() {
        var intake = StreamIntake(.stream, settings(), mustSpeak: true, at: .zero)
        intake.append(
            Array("OPTIONS sip:a SIP/2.0\r\nContent-Length: 60000\r\n\r\n".utf8), at: .zero)
        #expect(intake.next(at: .zero) == nil)
        #expect(intake.heldCount < 100)
    }

    @Test(
        "keep-alives are answered, and more than are allowed are a flood; a second later one more is"
    )
    func pings() {
        var few = settings()
        few.pingAllowance = 3
        var intake = StreamIntake(.stream, few, mustSpeak: true, at: .zero)
        intake.append(Array("\r\n\r\n\r\n\r\n\r\n\r\n".utf8), at: .zero)
        for _ in 1...3 { #expect(intake.next(at: .zero) == .ping) }
        intake.append(Array("\r\n\r\n".utf8), at: at(1))
        #expect(intake.next(at: at(1)) == .ping)
        intake.append(Array("\r\n\r\n".utf8), at: at(1))
        #expect(intake.next(at: at(1)) == .flood)
    }
}
