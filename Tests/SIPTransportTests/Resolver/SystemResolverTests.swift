import NIOCore
import NIOPosix
import SIPCore
import SIPTransport
import Testing

@Suite("the system's resolver", .timeLimit(.minutes(1))) struct SystemResolverTests {
    private func resolver(
        _ threads: NIOThreadPool = .singleton, deadline: TimeAmount = .seconds(30), limit: Int = 8
    ) -> SystemResolver {
        SystemResolver(
            threads: threads, timers: MultiThreadedEventLoopGroup.singleton.next(),
            deadline: deadline, limit: limit)
    }

    private func error(_ resolver: SystemResolver, _ host: ByteSlice) async -> ResolutionError? {
        do {
            _ = try await resolver.addresses(of: host)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "answers an address with itself", arguments: ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"])
    func literal(text: String) async throws {
        let address = try #require(IPAddress(text))
        #expect(try await resolver().addresses(of: ByteSlice(text)) == [address])
    }

    @Test("knows this machine, each address once") func localhost() async throws {
        let addresses = try await resolver().addresses(of: "localhost")
        #expect(addresses.contains(.loopback) || addresses.contains(.loopback6))
        #expect(Set(addresses).count == addresses.count)
    }

    @Test(
        "finds nothing for what is no name",
        arguments: ["", "a\0b", String(repeating: "a", count: 254)])
    func noName(text: String) async {
        #expect(await error(resolver(), ByteSlice(text)) == .notFound)
    }

    @Test("gives up at the deadline, whatever holds its threads") func deadline() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        threads.submit { _ in try? gate.futureResult.wait() }
        let resolver = resolver(threads, deadline: .milliseconds(1), limit: 1)
        #expect(await error(resolver, "localhost") == .timedOut)
        // The question still waits for the thread, and there is room for one.
        #expect(await error(resolver, "localhost") == .busy)
        gate.succeed()
        try await threads.shutdownGracefully()
    }

    @Test("fails when its threads have stopped") func stopped() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        try await threads.shutdownGracefully()
        #expect(await error(resolver(threads), "localhost") != nil)
    }
}
