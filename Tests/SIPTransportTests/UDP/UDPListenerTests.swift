import NIOCore
import NIOPosix
import SIPCore
import SIPTransport
import Testing

@Suite("a UDP listener", .timeLimit(.minutes(1))) struct UDPListenerTests {
    @Test(
        "hands over each datagram with its source and where it came to", arguments: [false, true])
    func receive(version6: Bool) async throws {
        if version6, !hasIPv6 { return }
        let address: IPAddress = version6 ? .loopback6 : .loopback
        let server = try await Peer(address)
        let phone = try await Peer(address)
        try await phone.send([1, 2, 3], to: server.local)
        let datagram = try await server.collector.datagram()
        #expect(datagram.bytes == [1, 2, 3])
        #expect(datagram.source == phone.local)
        #expect(datagram.local == server.local)
        #expect(server.local.address == address)
        #expect(server.local.port > 0)
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("takes datagrams of all sizes whole", arguments: [0, 1, 600, 1_472, 9_000, 65_507])
    func sizes(size: Int) async throws {
        let server = try await Peer()
        let phone = try await Peer()
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        // The first of a burst and the rest are read in different ways.
        for _ in 0..<3 { #expect(try await phone.send(bytes, to: server.local) == nil) }
        for datagram in await server.collector.datagrams(3) { #expect(datagram.bytes == bytes) }
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("keeps a flow in order, also over several bursts") func order() async throws {
        let server = try await Peer()
        let phone = try await Peer()
        for start in stride(from: 0, to: 500, by: 50) {
            let port = phone.port
            let destination = server.local
            try await port.eventLoop.submit {
                for number in start..<start + 50 {
                    port.send([UInt8(number & 255), UInt8(number >> 8)], to: destination)
                }
            }.get()
        }
        let numbers = await server.collector.datagrams(500).map {
            Int($0.bytes[0]) + Int($0.bytes[1]) << 8
        }
        #expect(numbers == Array(0..<500))
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("says when a burst has ended") func burst() async throws {
        let server = try await Peer()
        let phone = try await Peer()
        try await phone.send([1], to: server.local)
        var seen: [String] = []
        for await event in server.collector.events {
            switch event {
            case .datagram: seen.append("datagram")
            case .burstEnded: seen.append("end")
            default: seen.append("other")
            }
            if seen.last != "datagram" { break }
        }
        #expect(seen == ["datagram", "end"])
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("has a socket on every loop, and a source always comes to the same one")
    func loops() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let server = try await Peer(on: group)
        #expect(server.listener.ports.count == 3)
        #expect(Set(server.listener.ports.map { ObjectIdentifier($0.eventLoop) }).count == 3)
        #expect(server.listener.ports.allSatisfy { $0.local == server.local })
        var phones: [Peer] = []
        for _ in 0..<24 { phones.append(try await Peer()) }
        for _ in 0..<4 {
            for phone in phones { try await phone.send([9], to: server.local) }
        }
        var loops: [Endpoint: Set<ObjectIdentifier>] = [:]
        for datagram in await server.collector.datagrams(4 * phones.count) {
            loops[datagram.source, default: []].insert(datagram.loop)
        }
        #expect(loops.count == phones.count)
        #expect(loops.values.allSatisfy { $0.count == 1 })
        // 24 sources that all hash to one of three sockets: once in 10^11 times.
        #expect(Set(loops.values.flatMap { $0 }).count > 1)
        for phone in phones { await phone.listener.close() }
        await server.listener.close()
        try await group.shutdownGracefully()
    }

    @Test("on a wildcard tells the address that was used, and answers from it")
    func wildcard() async throws {
        let server = try await Peer(.any)
        let phone = try await Peer()
        for address in [IPAddress.loopback, .loopback2] {
            let destination = Endpoint(.udp, address, port: server.local.port)
            for _ in 0..<3 { try await phone.send([1], to: destination) }
            for datagram in await server.collector.datagrams(3) {
                #expect(datagram.local == destination)
            }
            try await server.send([2], to: phone.local, from: address)
            #expect(try await phone.collector.datagram().source == destination)
        }
        #expect(server.local.address == .any)
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("on the IPv6 wildcard leaves IPv4 to another", .enabled(if: hasIPv6))
    func wildcard6() async throws {
        let (server, other) = try await whileTaken {
            let server = try await Peer(.any6)
            do {
                return (server, try await Peer(.any, port: server.local.port))
            } catch {
                await server.listener.close()
                throw error
            }
        }
        let phone = try await Peer(.loopback6)
        let destination = Endpoint(.udp, .loopback6, port: server.local.port)
        for _ in 0..<3 { try await phone.send([1], to: destination) }
        for datagram in await server.collector.datagrams(3) {
            #expect(datagram.local == destination)
        }
        #expect(try await server.send([2], to: phone.local, from: .loopback6) == nil)
        #expect(try await phone.collector.datagram().source == destination)
        for peer in [server, other, phone] { await peer.listener.close() }
    }

    @Test("stops when it is closed, and leaves the port free") func close() async throws {
        try await whileTaken {
            let server = try await Peer()
            let local = server.local
            await server.listener.close()
            guard case .closed(let isFailure) = try await server.collector.event() else {
                Issue.record("not told that the port is closed")
                return
            }
            #expect(!isFailure)
            #expect(try await server.send([1], to: local) == SendError(errno: EBADF))
            await server.listener.close()
            let again = try await Peer(port: local.port)
            #expect(again.local == local)
            await again.listener.close()
        }
    }

    /// Tries again with another port: the system may have given this one to a test that runs beside, meanwhile.
    private func whileTaken<Result>(_ attempt: () async throws -> Result) async throws -> Result {
        for _ in 0..<20 {
            do {
                return try await attempt()
            } catch let error as ListenError where error.reason == .taken {
                continue
            }
        }
        return try await attempt()
    }
}
