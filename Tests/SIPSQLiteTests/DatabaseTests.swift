import Foundation
import SIPAuth
import SIPCore
import SIPLocation
import SIPSQLite
import Testing

@Suite("The file")
struct DatabaseTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func openingError(_ path: String) -> StoreError? {
        do throws(StoreError) {
            _ = try SQLiteDatabase(path: path)
            return nil
        } catch {
            return error
        }
    }

    @Test("a new file is made with all tables, readable for its owner only")
    func new() throws {
        let database = try folder.open()
        let tables = try database.row(
            "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master "
                + "WHERE type = 'table' AND name NOT LIKE 'grdb%' AND name NOT LIKE 'sqlite%' ORDER BY name)"
        )
        #expect(
            tables == [
                "account_change address aliases dbaliases domain grp location revision subscriber uri"
            ])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("an empty file becomes a database")
    func empty() async throws {
        #expect(FileManager.default.createFile(atPath: folder.file, contents: Data()))
        let database = try folder.open()
        #expect(try await SQLiteSubscribers(database).count() == 0)
    }

    @Test("an older file is brought up to date, and keeps what is in it")
    func older() async throws {
        try folder.makeOldFile(
            upTo: "1 accounts",
            "INSERT INTO subscriber (username, domain) VALUES ('alice', 'voice.example')")
        let database = try folder.open()
        let alice = try await SQLiteSubscribers(database).subscriber(
            "alice", domain: "voice.example", freshness: .cached)
        #expect(alice?.username == "alice")
        #expect(try await SQLiteBindings(database).list(at: BindingsTests.noon).isEmpty)
        #expect(try await SQLiteAliases(database).list().isEmpty)
    }

    @Test("opened again, it is as it was")
    func again() async throws {
        for _ in 0..<3 {
            let database = try folder.open()
            try await SQLiteAliases(database).set(
                AddressOfRecord(user: "sales", host: "voice.example"),
                to: URI("sip:alice@voice.example"), at: BindingsTests.noon)
            #expect(try await SQLiteAliases(database).list().count == 1)
            try database.close()
        }
    }

    @Test("a file of a newer version is refused and not touched")
    func newer() throws {
        let database = try folder.open()
        try database.execute("INSERT INTO grdb_migrations VALUES ('999 from the future')")
        try database.close()
        let error = openingError(folder.file)
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("newer version") == true)
    }

    @Test("a file that is no database is refused by name")
    func noDatabase() throws {
        let text = Data(String(repeating: "this is no database\n", count: 100).utf8)
        #expect(FileManager.default.createFile(atPath: folder.file, contents: text))
        let error = openingError(folder.file)
        #expect(
            error
                == StoreError(
                    .unusable, "\(folder.file): can't open: the file is not an SQLite database"))
        #expect(FileManager.default.contents(atPath: folder.file) == text)
    }

    @Test("a folder that is not there is a clear error")
    func noFolder() {
        let error = openingError(folder.path + "/none/sip.sqlite")
        #expect(error?.kind == .notWritable)
        #expect(error?.message.contains("there is no such folder") == true)
    }

    @Test("a foreign table of the same name is refused by name")
    func foreignTable() throws {
        try folder.makeOldFile(upTo: nil, "CREATE TABLE subscriber (a)")
        let error = openingError(folder.file)
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("subscriber") == true)
    }

    @Test("a full disk fails the commit, and nothing of it is there")
    func full() async throws {
        let database = try folder.open()
        try database.execute("PRAGMA max_page_count = 30")
        let store = SQLiteBindings(database)
        let changes = try (0..<2000).map { index in
            let fields = BindingFields(
                address: AddressOfRecord(user: ByteSlice("u\(index)"), host: "voice.example"),
                ruid: ByteSlice("r\(index)"), uri: "sip:a@192.0.2.1", expiresAt: nil,
                lastModified: BindingsTests.noon)
            return BindingChange.put(try #require(Binding(fields)))
        }
        let error = await #expect(throws: StoreError.self) { try await store.apply(changes) }
        #expect(error?.kind == .notWritable)
        #expect(error?.message.contains("full") == true)
        #expect(try await store.list(at: BindingsTests.noon).isEmpty)
        try await store.apply([changes[0]])
        #expect(try await store.list(at: BindingsTests.noon).count == 1)
    }

    @Test("commits wait for the disk when they must survive a loss of power, and only then")
    func durability() throws {
        #expect(try folder.open(.powerLoss).row("PRAGMA synchronous") == ["2"])
        #expect(try folder.open(.crash).row("PRAGMA synchronous") == ["1"])
    }

    @Test("after it is closed every use is an error")
    func closed() async throws {
        let database = try folder.open()
        try database.close()
        await #expect(throws: StoreError.self) { try await SQLiteSubscribers(database).count() }
        await #expect(throws: StoreError.self) { try await SQLiteBindings(database).apply([]) }
        await #expect(throws: StoreError.self) {
            try await SQLiteBindings(database).list(at: BindingsTests.noon)
        }
    }

    @Test("two handles on one file see each other's accounts at once, and write in turn")
    func twoHandles() async throws {
        let daemon = SQLiteSubscribers(try folder.open())
        let command = SQLiteSubscribers(try folder.open())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (side, handle) in [daemon, command].enumerated() {
                group.addTask {
                    for index in 0..<50 {
                        try await handle.add(
                            .init(
                                username: "u\(side)-\(index)", domain: "voice.example",
                                password: "x"))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await daemon.count() == 100)
        try await command.add(.init(username: "new", domain: "voice.example", password: "x"))
        let found = try await daemon.subscriber(
            "new", domain: "voice.example", freshness: .cached)
        #expect(found != nil)
    }

    @Test("many handles opened at once on a new file make its tables once")
    func openedAtOnce() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try await SQLiteSubscribers(try folder.open()).count() }
            }
            for try await count in group { #expect(count == 0) }
        }
    }
}
