import Glibc
import Logging
import Metrics
import SIPCore
import SIPProxy
import SIPTransaction
import SIPTransport
import Synchronization
import Testing

@Suite("a proxy on sockets") struct ProxyTests {
    @Test("tells everybody who listens what happens, and ends their sequences when it stops")
    func events() async throws {
        let proxy = try proxy()
        let streams = [proxy.events(), proxy.events(buffering: 1)]
        try await proxy.start()
        let address = try #require(proxy.addresses.first)
        try send("hello", to: address.port)
        var first = streams[0].makeAsyncIterator()
        guard case .unframeable? = await first.next() else {
            Issue.record("another event")
            return
        }
        await proxy.stop()
        #expect(await first.next() == nil)
        var count = 0
        for await _ in streams[1] { count += 1 }
        #expect(count == 1)
    }

    @Test("that has nothing to do is drained at once; one that does not run has nothing to do")
    func drain() async throws {
        let proxy = try proxy()
        #expect(await proxy.drain(within: .seconds(60)))
        try await proxy.start()
        #expect(await proxy.drain(within: .seconds(60)))
        await proxy.stop()
    }

    @Test("whose socket the system has closed ends with an error, and does not live on deaf")
    func failure() async throws {
        let proxy = try proxy()
        let end = Task { try await proxy.run() }
        while proxy.addresses.isEmpty { await Task.yield() }
        let reason = ListenError(proxy.addresses[0], .other("closed"))
        proxy.fail(reason)
        await #expect(throws: reason) { try await end.value }
        #expect(proxy.addresses.isEmpty)
    }

    @Test(
        "asks another one whether it lives, over UDP and TCP", arguments: [Transport.udp, .tcp])
    func ask(transport: Transport) async throws {
        let asked = try proxy(.init(transport, .v4(0x7F00_0001), port: 0)) { request in
            .reply(request.method == .options ? .ok : .notFound)
        }
        let asker = try proxy(.init(transport, .v4(0x7F00_0001), port: 0))
        try await asked.start()
        let port = try #require(asked.addresses.first).port
        let target = Target(
            uri: try URI(ByteSlice("sip:127.0.0.1:\(port);transport=\(transport)")))
        guard case .unsent = await asker.ask(target, within: .seconds(5)) else {
            Issue.record("a proxy that does not run has sent something")
            return
        }
        try await asker.start()
        // On either loop, and over the connection that the first has made.
        for _ in 0..<4 {
            guard case .answered(let response) = await asker.ask(target, within: .seconds(20))
            else {
                Issue.record("no answer")
                break
            }
            #expect(response.status == .ok)
        }
        await asked.stop()
        await asker.stop()
    }

    @Test("that stops lets nobody wait for an answer") func askAndStop() async throws {
        let deaf = try proxy(.udp(.v4(0x7F00_0001), port: 0)) { request in
            // A route that never comes to its end; it is cancelled.
            try await Task.sleep(for: .seconds(3600))
            return .drop
        }
        let asker = try proxy()
        try await deaf.start()
        try await asker.start()
        let port = try #require(deaf.addresses.first).port
        let target = Target(uri: try URI(ByteSlice("sip:127.0.0.1:\(port)")))
        async let answer = asker.ask(target, within: .seconds(30))
        while deaf.traffic.received == 0 { await Task.yield() }
        await asker.stop()
        guard case .unsent = await answer else {
            Issue.record("another answer")
            return
        }
        await deaf.stop()
    }

    @Test(
        "counts and logs with what it was given: two in one process have figures and logs of their own"
    )
    func metrics() async throws {
        let books = [Book(), Book()]
        let proxies = try books.map { book in
            try proxy(metrics: book, logger: Logger(label: "test") { _ in Scribe(book: book) })
        }
        for (proxy, datagrams) in zip(proxies, [1, 2]) {
            try await proxy.start()
            var events = proxy.events().makeAsyncIterator()
            for _ in 0..<datagrams {
                try send("hello", to: try #require(proxy.addresses.first).port)
                _ = await events.next()
            }
        }
        #expect(books.map { $0.total("sip_unframeable_total") } == [1, 2])
        #expect(books.map(\.lines) == [1, 2].map { Array(repeating: "no SIP message", count: $0) })
        for proxy in proxies { await proxy.stop() }
    }

    private func proxy(
        _ endpoint: Endpoint = .udp(.v4(0x7F00_0001), port: 0),
        metrics: (any MetricsFactory)? = nil, logger: Logger? = nil,
        _ route: @escaping ClosureRouter.Route = { _ in .drop }
    ) throws -> Proxy {
        var settings = ProxySettings(
            listen: [endpoint], domains: ["voice.test"])
        settings.eventLoops = 2
        settings.timers.t1 = .milliseconds(10)
        settings.logger.logLevel = .critical
        if let logger { settings.logger = logger }
        settings.metrics = metrics
        return Proxy(settings, router: ClosureRouter(route))
    }

    /// One datagram to a port of this machine.
    private func send(_ text: String, to port: UInt16) throws {
        let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(socket >= 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let sent = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    socket, text, text.utf8.count, 0, address,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(sent == text.utf8.count)
    }
}

/// A metrics backend of the test's own, and its log: what every counter has come to, by its label.
private final class Book: MetricsFactory {
    private let totals = Mutex<[String: Int64]>([:])
    private let log = Mutex<[String]>([])

    func total(_ label: String) -> Int64 { totals.withLock { $0[label] ?? 0 } }

    /// What was logged.
    var lines: [String] { log.withLock { $0 } }
    func write(_ line: String) { log.withLock { $0.append(line) } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Entry(book: self, label: label)
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private final class Entry: CounterHandler {
        private let book: Book
        private let label: String

        init(book: Book, label: String) {
            self.book = book
            self.label = label
        }

        func increment(by amount: Int64) {
            book.totals.withLock { $0[label, default: 0] += amount }
        }

        func reset() {}
    }
}

/// A log that is kept in a book.
private struct Scribe: LogHandler {
    let book: Book
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { book.write("\(event.message)") }
}
