import SIPCore
import Testing
import sipd

@Suite("control figures")
struct ControlFiguresTests {
    @Test("rates are what happened between two looks, a second")
    func rates() throws {
        var before = Figures(process: 7, uptime: 10)
        before.received = 100
        before.processor = 1
        before.replies = ["2xx": 40]
        var now = Figures(process: 7, uptime: 12)
        now.received = 300
        now.sent = 50
        now.processor = 1.5
        now.replies = ["2xx": 60, "4xx": 8]
        let rates = try #require(FigureRates(from: before, to: now))
        #expect(rates.received == 100)
        #expect(rates.sent == 25)
        #expect(rates.replies == ["2xx": 10, "4xx": 4])
        #expect(rates.processor == 25)
    }

    @Test("there are none between two processes, or without time")
    func none() {
        let figures = Figures(process: 7, uptime: 10)
        #expect(FigureRates(from: figures, to: Figures(process: 8, uptime: 12)) == nil)
        #expect(FigureRates(from: figures, to: figures) == nil)
    }

    @Test("of changed settings, all but the log level wait for a restart")
    func restart() throws {
        let old = Settings()
        var new = old
        new.log.level = .debug
        #expect(old.needRestart(for: new) == [])
        new.domains = ["voice.test"]
        new.location.mode = .writeBack
        new.control = "/run/sipd/control"
        #expect(old.needRestart(for: new) == ["domains", "control", "location.mode"])
    }
}
