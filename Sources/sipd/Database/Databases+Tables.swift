import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import SIPSQLite

// The tables that an operator fills beside accounts, aliases and registrations.
extension Databases {
    /// - Throws: `Failure` when the settings name no database for domains.
    var domains: any DomainTable {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteDomains(database)
            case .mariadb(let databases): MariaDBDomains(try databases.database(for: .domains))
            }
        }
    }

    /// Which groups accounts are in.
    ///
    /// - Throws: `Failure` when the settings name no database for groups.
    var groups: any AccountWordTable {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteWords(.groups, database)
            case .mariadb(let databases):
                MariaDBWords(.groups, try databases.database(for: .groups))
            }
        }
    }

    /// Which user parts accounts may use.
    ///
    /// - Throws: `Failure` when the settings name no database for them.
    var names: any AccountWordTable {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteWords(.names, database)
            case .mariadb(let databases): MariaDBWords(.names, try databases.database(for: .uris))
            }
        }
    }

    /// - Parameter warn: is told which rows of a file are no network.
    /// - Throws: `Failure` when the settings name no database for trusted addresses.
    func addresses(
        warn: @escaping @Sendable (String) -> Void = { StandardError.write("sipd: \($0)\n") }
    ) throws(Failure) -> any AddressTable {
        switch self {
        case .sqlite(let database): SQLiteAddresses(database, warn: warn)
        case .mariadb(let databases): MariaDBAddresses(try databases.database(for: .addresses))
        }
    }

    /// Accounts' e-mail addresses.
    ///
    /// - Throws: `Failure` when the settings name no database for accounts.
    var mail: any MailDirectory {
        get throws(Failure) {
            switch self {
            case .sqlite(let database): SQLiteSubscribers(database)
            case .mariadb(let databases): MariaDBSubscribers(try databases.database(for: .accounts))
            }
        }
    }

    /// Removes what a removed account leaves in other databases than its own; the account's store has removed the rest.
    ///
    /// - Throws: `StoreError`.
    func removeTraces(of account: AccountName) async throws {
        guard case .mariadb(let databases) = self else { return }
        let own = databases.urls[.accounts]
        func isElsewhere(_ service: MariaDBDatabase.Service) -> Bool {
            databases.urls[service] != nil && databases.urls[service] != own
        }
        let address = account.address
        if isElsewhere(.bindings) { _ = try await bindings.remove(address) }
        for (service, table) in [
            (MariaDBDatabase.Service.groups, try? groups), (.uris, try? names),
        ] where isElsewhere(service) {
            _ = try await table?.remove(nil, of: address.user, domain: address.host)
        }
    }
}

/// The e-mail addresses that an operator noted with accounts.
protocol MailDirectory: Sendable {
    /// Empty when none is noted, nil when there is no such account.
    func mailAddress(username: String, domain: String) async throws -> String?
    /// Says whether there is such an account.
    func setMailAddress(_ mail: String, username: String, domain: String) async throws -> Bool
}

extension SQLiteSubscribers: MailDirectory {}
extension MariaDBSubscribers: MailDirectory {}
