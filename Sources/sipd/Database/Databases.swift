import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import SIPSQLite

/// The databases that the settings name, open: what the daemon and the commands need of them.
enum Databases: Sendable {
    case sqlite(SQLiteDatabase)
    case mariadb(MariaDBDatabases)

    /// Opens a file, or gets ready for the servers, which are connected to when they are needed first.
    ///
    /// - Parameters:
    ///   - make: whether a file that is not there is made.
    ///   - warn: is told, in one line each, what is odd about tables.
    /// - Throws: `Failure` with the fix.
    init(
        _ settings: Settings, make: Bool, warn: @escaping @Sendable (String) -> Void
    ) throws(Failure) {
        switch settings.database {
        case .sqlite(let path):
            guard make || TextFile.exists(path) else {
                throw Failure(
                    .noInput,
                    "there is no database \(path): name another with --database, "
                        + "or make it with sipd user add")
            }
            do throws(StoreError) {
                // Only mode 1 promises that an answered registration outlives a power cut.
                let durability: SQLiteDatabase.Durability =
                    settings.location.mode == .writeThrough ? .powerLoss : .crash
                self = .sqlite(try SQLiteDatabase(path: path, durability: durability))
            } catch {
                throw Failure(error)
            }
        case .mariadb(let urls):
            self = .mariadb(MariaDBDatabases(urls, settings.mariadbSettings, warn: warn))
        }
    }

    /// - Throws: `Failure` when the settings name no database for accounts.
    var accounts: any AccountStore {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteSubscribers(database)
            case .mariadb(let databases): MariaDBSubscribers(try databases.database(for: .accounts))
            }
        }
    }

    /// - Throws: `Failure` when the settings name no database for bindings.
    var bindings: any BindingDirectory {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteBindings(database)
            case .mariadb(let databases): MariaDBBindings(try databases.database(for: .bindings))
            }
        }
    }

    /// - Throws: `Failure` when the settings name no database for aliases.
    var aliases: any AliasDirectory {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): return SQLiteAliases(database)
            case .mariadb(let databases):
                guard let database = databases.aliases else {
                    throw databases.isMissing(.databaseAliases)
                }
                return MariaDBAliases(database)
            }
        }
    }

    /// How passwords of new accounts are kept.
    ///
    /// - Parameter realm: the one in which the account will be challenged.
    func storage(realm: String) -> PasswordStorage {
        guard case .mariadb(let databases) = self else { return .hashes(realm: realm) }
        // Without domains all accounts are challenged in the one that stands for all.
        let realm = databases.settings.usesDomain ? realm : databases.settings.domain
        // Who reads passwords may have tools that read hashes: the field's write both.
        return databases.settings.secrets == .passwords
            ? .both(realm: realm) : .hashes(realm: realm)
    }

    /// Closes what is open, after what is under way.
    ///
    /// - Throws: `StoreError`.
    func close() async throws {
        switch self {
        case .sqlite(let database): try database.close()
        case .mariadb(let databases): await databases.close()
        }
    }
}

/// Bindings as an operator works on them, beside what the location service does.
protocol BindingDirectory: BindingStore {
    /// The live bindings, of one address or of all.
    func list(_ address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]
    /// Removes all bindings of an address, and says how many there were.
    func remove(_ address: AddressOfRecord) async throws -> Int
}

extension SQLiteBindings: BindingDirectory {}
extension MariaDBBindings: BindingDirectory {}

/// Aliases as an operator works on them, beside what the location service does.
protocol AliasDirectory: AliasStore {
    /// Makes an address an alias, or gives an alias another target in place of all it had.
    func set(_ address: AddressOfRecord, to target: URI, at now: UnixTime) async throws
    /// Makes an address an alias of accounts, or gives an alias others in place of all it had.
    func set(_ address: AddressOfRecord, to accounts: [AddressOfRecord]) async throws
    /// All aliases with their kinds.
    func entries() async throws -> [AliasEntry]
    /// Removes an alias, and says whether it was there.
    func remove(_ address: AddressOfRecord) async throws -> Bool
}

extension SQLiteAliases: AliasDirectory {}
extension MariaDBAliases: AliasDirectory {}
