import Dispatch
import Foundation
package import GRDB
public import SIPLocation
import Synchronization

/// One SQLite file that holds accounts, aliases and bindings, open for as long as this lives.
///
/// It is in WAL mode: readers and the writer do not wait for each other, and a command line may work on the file while a
/// daemon runs. Nothing here blocks the thread that calls: there is one writer, and look-ups that wait together are
/// made in one go (`read(_:)`).
public final class SQLiteDatabase: Sendable {
    /// What a commit survives.
    public enum Durability: Hashable, Sendable {
        /// The power going off: each commit waits for the disk (`synchronous = FULL`).
        case powerLoss
        /// The process being killed; when the power goes off, the last commits may be lost (`synchronous = NORMAL`).
        case crash
    }

    /// The file.
    public let path: String
    package let pool: DatabasePool
    package let lookups: LookupQueue

    /// Opens the file, makes it when it is not there (readable for its owner only), and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - durability: of every write through this handle.
    ///   - busyTimeout: the seconds to wait while another process writes.
    /// - Throws: `StoreError`: not writable, not a database, or of a newer version.
    public init(
        path: String, durability: Durability = .powerLoss, busyTimeout: Double = 5
    ) throws(StoreError) {
        self.path = path
        do {
            if !FileManager.default.fileExists(atPath: path) {
                // It holds passwords. Another process may be quicker; then it has done the same.
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(busyTimeout)
            configuration.label = "sip-sqlite"
            // One for look-ups, the others for whole tables.
            configuration.maximumReaderCount = 4
            let pool = try DatabasePool(path: path, configuration: configuration)
            try Self.migrate(pool, path)
            try pool.writeWithoutTransaction { db in
                // After opening, since that sets NORMAL.
                let level = durability == .powerLoss ? "FULL" : "NORMAL"
                try db.execute(sql: "PRAGMA synchronous = \(level)")
                // 16 MB of log between two checkpoints: each makes one commit wait for the whole file.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
            }
            self.pool = pool
            lookups = LookupQueue(pool)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(error, "open", path)
        }
    }

    /// Closes the file, after what is under way. Afterwards every use throws.
    ///
    /// - Throws: `StoreError`.
    public func close() throws(StoreError) {
        do { try pool.close() } catch { throw StoreError(error, "close", path) }
    }

    private static func migrate(_ pool: DatabasePool, _ path: String) throws {
        let migrator = Schema.migrator
        let isNewer = try pool.read { try migrator.hasBeenSuperseded($0) }
        guard !isNewer else {
            throw StoreError(
                .unusable,
                "\(path) was made by a newer version of this program; nothing was changed in it")
        }
        // Who opens a new file at the same moment makes the same tables: the one that comes second finds them there, and looks again.
        var attempts = 10
        while true {
            attempts -= 1
            do {
                return try migrator.migrate(pool)
            } catch let error as DatabaseError
                where attempts > 0
                && [.SQLITE_ERROR, .SQLITE_CONSTRAINT].contains(error.resultCode)
            {
                continue
            }
        }
    }
}

extension SQLiteDatabase {
    /// Reads on the database's thread, together with whatever else waits to be read.
    func read<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await outcome(of: what) { done in
            lookups.enqueue { access in done(Result { try body(access.get()) }) }
        }
    }

    /// Reads for long, such as a whole table, on a connection of its own: look-ups do not wait for it.
    func readLong<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await outcome(of: what) { done in
            pool.asyncRead { access in done(Result { try body(access.get()) }) }
        }
    }

    /// Writes in one transaction: everything is committed when this returns, nothing when it throws.
    ///
    /// It goes on when the calling task is cancelled, for others may wait for the same commit.
    func write<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await outcome(of: what) { done in pool.asyncWrite(body) { _, result in done(result) } }
    }

    /// What comes of work that tells it on a thread of its own.
    ///
    /// - Throws: `StoreError`, which names the work.
    private func outcome<Value: Sendable>(
        of what: String,
        _ start: (@escaping @Sendable (Result<Value, any Error>) -> Void) -> Void
    ) async throws -> Value {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Value, any Error>) in
            start { [path] result in
                continuation.resume(with: result.mapError { StoreError($0, what, path) })
            }
        }
    }
}
