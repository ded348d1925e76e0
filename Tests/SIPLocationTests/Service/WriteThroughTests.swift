import SIPCore
import SIPLocation
import Testing

@Suite("Mode 1: write-through")
struct WriteThroughTests {
    let store = FakeStore()
    let service: LocationService

    init() {
        service = LocationService(mode: .writeThrough, store: store)
    }

    private func register(
        _ uri: ByteSlice, of address: AddressOfRecord = Phone.alice, cseq: UInt32 = 1,
        expires: UInt32? = nil
    ) async throws -> RegistrationOutcome {
        try await service.register(
            Phone.register(Phone.contact(uri), cseq: cseq, callID: uri, expires: expires),
            for: address, at: Phone.noon)
    }

    private func uris(_ address: AddressOfRecord = Phone.alice) -> [String] {
        service.current(of: address, at: Phone.noon).map(\.uri.description)
    }

    private func user(_ index: Int) -> AddressOfRecord {
        AddressOfRecord(user: ByteSlice("u\(index)"), host: "voice.example")
    }

    @Test("the answer comes after the commit, and so does what a look-up finds")
    func afterCommit() async throws {
        store.hang()
        async let outcome = register("sip:a@192.0.2.1")
        await until { store.hangingCount == 1 }
        #expect(uris().isEmpty)
        #expect(store.uris.isEmpty)
        store.letGo()
        #expect(try await outcome.values == ["<sip:a@192.0.2.1>;expires=3600"])
        #expect(uris() == ["sip:a@192.0.2.1"])
        #expect(store.uris == ["sip:a@192.0.2.1"])
    }

    @Test("a commit that fails fails its registration, and memory is as before")
    func failure() async throws {
        _ = try await register("sip:a@192.0.2.1")
        let full = StoreError(.notWritable, "the disk is full")
        store.fail(with: full)
        await #expect(throws: full) { try await register("sip:b@192.0.2.1") }
        await #expect(throws: full) { try await register("sip:a@192.0.2.1", cseq: 2, expires: 0) }
        #expect(uris() == ["sip:a@192.0.2.1"])
        store.fail(with: nil)
        #expect(try await register("sip:b@192.0.2.1").values?.count == 2)
    }

    @Test("what waits while a commit runs goes into the next one, together")
    func grouping() async throws {
        store.hang()
        try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await register("sip:a@192.0.2.1", of: user(0)).values?.count }
            await until { store.hangingCount == 1 }
            for index in 1...50 {
                group.addTask {
                    try await register("sip:a@192.0.2.1", of: user(index)).values?.count
                }
            }
            await until { service.statistics.waiting == 50 }
            store.letGo()
            for try await count in group { #expect(count == 1) }
        }
        #expect(store.commits.map(\.count) == [1, 50])
        #expect(service.statistics.commits == 2)
        #expect(service.statistics.addresses == 51)
    }

    @Test("a failed commit fails those in it and no others")
    func failedGroup() async throws {
        store.hang()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await register("sip:a@192.0.2.1", of: user(0))) != nil }
            await until { store.hangingCount == 1 }
            for index in 1...5 {
                group.addTask { (try? await register("sip:a@192.0.2.1", of: user(index))) != nil }
            }
            await until { service.statistics.waiting == 5 }
            store.fail(with: StoreError(.unavailable, "gone"))
            store.letGo()
            for try await succeeded in group { #expect(!succeeded) }
        }
        store.fail(with: nil)
        #expect(try await register("sip:a@192.0.2.1", of: user(9)).values?.count == 1)
        #expect(service.statistics.bindings == 1)
    }

    @Test("one registration that the store refuses does not fail those it waited with")
    func poison() async throws {
        store.refuse("sip:wide@192.0.2.1")
        store.hang()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await register("sip:a@192.0.2.1", of: user(0))) != nil }
            await until { store.hangingCount == 1 }
            for index in 1...3 {
                group.addTask { (try? await register("sip:a@192.0.2.1", of: user(index))) != nil }
            }
            group.addTask { (try? await register("sip:wide@192.0.2.1", of: user(4))) != nil }
            await until { service.statistics.waiting == 4 }
            store.letGo()
            var succeeded = 0
            for try await success in group where success { succeeded += 1 }
            #expect(succeeded == 4)
        }
        #expect(uris(user(4)).isEmpty)
        #expect(store.uris == ["sip:a@192.0.2.1"])
    }

    @Test("two REGISTERs of one address in flight stay in order")
    func order() async throws {
        store.hang()
        async let first = register("sip:a@192.0.2.1", cseq: 1)
        await until { store.hangingCount == 1 }
        async let second = register("sip:a@192.0.2.1", cseq: 2, expires: 600)
        await until { service.statistics.waiting == 1 }
        async let late = register("sip:a@192.0.2.1", cseq: 1)
        await until { service.statistics.waiting == 2 }
        store.letGo()
        #expect(try await first.values == ["<sip:a@192.0.2.1>;expires=3600"])
        #expect(try await second.values == ["<sip:a@192.0.2.1>;expires=600"])
        #expect(try await late.refusal == .outOfOrder)
        #expect(store.commits.count == 2)
        #expect(service.statistics.bindings == 1)
    }

    @Test("the second of two in flight is decided on what the store has, when the first fails")
    func orderAfterFailure() async throws {
        store.hang()
        async let first = try? register("sip:a@192.0.2.1", cseq: 2)
        await until { store.hangingCount == 1 }
        async let second = register("sip:a@192.0.2.1", cseq: 1)
        await until { service.statistics.waiting == 1 }
        store.fail(with: StoreError(.unavailable, "gone"))
        store.letGo()
        #expect(await first == nil)
        // The first has not happened, so the second is not out of order: it fails only while the store does.
        _ = try? await second
        store.fail(with: nil)
        #expect(try await register("sip:a@192.0.2.1", cseq: 1).values?.count == 1)
    }

    @Test("a query writes nothing, and a refusal neither")
    func noCommit() async throws {
        _ = try await service.register(Phone.query(), for: Phone.alice, at: Phone.noon)
        _ = try await register("sip:a@192.0.2.1", expires: 1)
        #expect(store.commits.isEmpty)
    }

    @Test("more than may wait are refused as overload")
    func overload() async throws {
        var settings = LocationService.Settings()
        settings.maximumWaiting = 3
        let service = LocationService(mode: .writeThrough, store: store, settings: settings)
        store.hang()
        try await withThrowingTaskGroup(of: StoreError.Kind?.self) { group in
            for index in 0..<6 {
                group.addTask {
                    do {
                        _ = try await service.register(
                            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1),
                            for: user(index), at: Phone.noon)
                        return nil
                    } catch let error as StoreError {
                        return error.kind
                    }
                }
                if index == 0 { await until { store.hangingCount == 1 } }
            }
            #expect(try await group.next() == .overloaded)
            #expect(try await group.next() == .overloaded)
            store.letGo()
            for try await kind in group { #expect(kind == nil) }
        }
    }

    @Test("a batch no larger than the setting goes into one commit")
    func batchSize() async throws {
        var settings = LocationService.Settings()
        settings.batchSize = 4
        let service = LocationService(mode: .writeThrough, store: store, settings: settings)
        store.hang()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<11 {
                group.addTask {
                    _ = try await service.register(
                        Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1),
                        for: user(index), at: Phone.noon)
                }
                if index == 0 { await until { store.hangingCount == 1 } }
            }
            await until { service.statistics.waiting == 10 }
            store.letGo()
            try await group.waitForAll()
        }
        #expect(store.commits.map(\.count) == [1, 4, 4, 2])
    }

    @Test("an operator's permanent contact is written, found, and removed by the operator")
    func permanent() async throws {
        let binding = try #require(Binding(Phone.binding("sip:desk@192.0.2.9", expiresAt: nil)))
        try await service.put(binding)
        #expect(service.expire(at: UnixTime(seconds: .max)) == 0)
        #expect(uris() == ["sip:desk@192.0.2.9"])
        #expect(store.uris == ["sip:desk@192.0.2.9"])
        #expect(try await service.remove(Phone.alice) == 1)
        #expect(store.uris.isEmpty)
        #expect(uris().isEmpty)
    }

    @Test("a replaced contact is removed from the store")
    func replaced() async throws {
        var settings = LocationService.Settings()
        settings.registrar.maximumContacts = 1
        settings.registrar.whenFull = .replaceOldest
        let service = LocationService(mode: .writeThrough, store: store, settings: settings)
        for index in 1...2 {
            _ = try await service.register(
                Phone.register(
                    Phone.contact(ByteSlice("sip:a@192.0.2.\(index)")), cseq: UInt32(index)),
                for: Phone.alice, at: Phone.noon)
        }
        #expect(store.uris == ["sip:a@192.0.2.2"])
    }
}
