import SIPCore
import SIPLocation
import Synchronization
import Testing
import sipd

@Suite("control desk")
struct ControlDeskTests {
    private let location = LocationService()
    private let now = UnixTime(seconds: 1_000_000)

    @Test("a contact that is added is permanent unless told otherwise, and a look-up finds it")
    func add() async throws {
        #expect(try await ask(add("sip:a@192.0.2.1")) == [.done(count: 1)])
        #expect(try await ask(add("sip:a@192.0.2.2", q: 500, expires: 60)) == [.done(count: 1)])
        let found = try await shown()
        #expect(found.map(\.contact) == ["sip:a@192.0.2.1", "sip:a@192.0.2.2"])
        #expect(found.map(\.expiresIn) == [nil, 60])
        #expect(found.map(\.q) == [1000, 500])
        #expect(location.current(of: alice, at: now).count == 2)
    }

    @Test("an equal URI is the same contact, with its new q and expiry")
    func equal() async throws {
        _ = try await ask(add("sip:a@EXAMPLE.com;x=1"))
        _ = try await ask(add("sip:a@example.com;x=1", q: 100, expires: 30))
        let found = try await shown()
        #expect(found.map(\.q) == [100])
        #expect(found.map(\.expiresIn) == [30])
    }

    @Test("one contact is removed, or all of them, permanent ones too")
    func remove() async throws {
        for contact in ["sip:a@192.0.2.1", "sip:a@192.0.2.2", "sip:a@192.0.2.3"] {
            _ = try await ask(add(contact))
        }
        let one = ControlRequest.remove(address: "alice@voice.test", contact: "sip:a@192.0.2.2")
        #expect(try await ask(one) == [.done(count: 1)])
        #expect(try await ask(one) == [.done(count: 0)])
        #expect(try await shown().count == 2)
        let all = ControlRequest.remove(address: "alice@voice.test", contact: nil)
        #expect(try await ask(all) == [.done(count: 2)])
        #expect(try await shown().isEmpty)
    }

    @Test(
        "what would break a message or is no contact is refused, and nothing is changed",
        arguments: [
            "sip:a@192.0.2.1\r\nX: y", "sip:a@192.0.2.1\0", "sip:a@192.0.2.1 ", "<sip:a@192.0.2.1>",
            "sip:", "", "http://192.0.2.1/", "tel:+15550100", "sip:a@192.0.2.1\n",
            "sip:a@\u{1F600}",
            "sip:\(String(repeating: "a", count: 70_000))@192.0.2.1",
        ])
    func refusedContact(contact: String) async throws {
        let replies = try await ask(add(contact))
        #expect(code(of: replies) == Failure.Code.data.rawValue)
        #expect(location.statistics.bindings == 0)
    }

    @Test(
        "an address that is none is refused",
        arguments: [
            "", "alice", "@voice.test", "a@b@c", "a\r\n@voice.test", "a' OR 1=1 --@voice.test",
        ])
    func refusedAddress(address: String) async throws {
        for request: ControlRequest in [
            .show(address: address), .remove(address: address, contact: nil),
            .add(address: address, contact: "sip:a@192.0.2.1", q: nil, expires: nil),
            .account(address: address, isGone: true),
        ] {
            #expect(code(of: try await ask(request)) == Failure.Code.data.rawValue)
        }
    }

    @Test("q over 1 is refused")
    func q() async throws {
        let replies = try await ask(add("sip:a@192.0.2.1", q: 1001))
        #expect(code(of: replies) == Failure.Code.data.rawValue)
    }

    @Test("a long list comes in parts, and the last says that it is")
    func pages() async throws {
        for number in 0..<1_201 {
            let contact = "sip:a@192.0.2.1:\(1_000 + number)"
            _ = try await ask(
                .add(
                    address: "user\(number)@voice.test", contact: contact, q: nil, expires: nil))
        }
        var sizes: [Int] = []
        var more: [Bool] = []
        var addresses: Set<String> = []
        for case .addresses(let entries, let goesOn) in try await ask(.online) {
            sizes.append(entries.count)
            more.append(goesOn)
            addresses.formUnion(entries)
        }
        #expect(sizes == [500, 500, 201])
        #expect(more == [true, true, false])
        #expect(addresses.count == 1_201)
        #expect(try await ask(.show(address: nil)).count == 3)
    }

    @Test("an account that is gone is forgotten with its registrations")
    func account() async throws {
        _ = try await ask(add("sip:a@192.0.2.1"))
        let forgotten = Mutex<[String]>([])
        let daemon = ControlDesk.Daemon(
            forget: { address in forgotten.withLock { $0.append("\(address)") } }, refresh: {},
            refreshTables: { forgotten.withLock { $0.append("tables") } },
            reload: { ReloadReport(accounts: 0, logLevel: "info", needRestart: []) },
            figures: { Figures(process: 1, uptime: 0) }, stop: {})
        let changed = ControlRequest.account(address: "alice@voice.test", isGone: false)
        #expect(try await ask(changed, daemon) == [.done(count: 0)])
        #expect(try await shown().count == 1)
        let gone = ControlRequest.account(address: "alice@voice.test", isGone: true)
        #expect(try await ask(gone, daemon) == [.done(count: 1)])
        #expect(try await shown().isEmpty)
        #expect(forgotten.withLock { $0 } == ["alice@voice.test", "alice@voice.test"])
        #expect(try await ask(.refreshTables, daemon) == [.done(count: 0)])
        #expect(forgotten.withLock { $0.last } == "tables")
    }

    @Test("where all domains have the same users, an address of any is that of the first")
    func sharedUsers() async throws {
        let desk = ControlDesk(LiveRegistrations { location }, daemon: nil, domain: "voice.test")
        try await desk.perform(
            .add(address: "alice@branch.test", contact: "sip:a@192.0.2.1", q: nil, expires: nil)
        ) { _ in }
        #expect(try await shown().map(\.address) == ["alice@voice.test"])
    }

    @Test(
        "without a daemon, what needs one says so",
        arguments: [
            .reload, .refresh, .refreshTables, .stop, .monitor(interval: 1),
            .account(address: "a@voice.test", isGone: true),
        ] as [ControlRequest])
    func noDaemon(request: ControlRequest) async throws {
        #expect(code(of: try await ask(request)) == Failure.Code.unavailable.rawValue)
    }

    private let alice = AddressOfRecord(user: "alice", host: "voice.test")

    private func add(_ contact: String, q: UInt16? = nil, expires: UInt32? = nil) -> ControlRequest
    {
        .add(address: "alice@voice.test", contact: contact, q: q, expires: expires)
    }

    private func shown() async throws -> [ControlRegistration] {
        var found: [ControlRegistration] = []
        for case .registrations(let entries, _) in try await ask(
            .show(address: "alice@voice.test"))
        {
            found += entries
        }
        return found.sorted { $0.contact < $1.contact }
    }

    private func ask(
        _ request: ControlRequest, _ daemon: ControlDesk.Daemon? = nil
    ) async throws -> [ControlReply] {
        let now = now
        let desk = ControlDesk(LiveRegistrations { location }, daemon: daemon, clock: { now })
        var replies: [ControlReply] = []
        try await desk.perform(request) { replies.append($0) }
        return replies
    }

    private func code(of replies: [ControlReply]) -> Int32? {
        if replies.count == 1, case .failed(let code, _)? = replies.first { code } else { nil }
    }
}
