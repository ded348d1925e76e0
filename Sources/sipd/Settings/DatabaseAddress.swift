package import SIPMariaDB

/// Which store holds accounts, aliases and bindings.
package enum DatabaseAddress: Hashable, Sendable, CustomStringConvertible {
    /// A SQLite file; made when it is not there.
    case sqlite(path: String)
    /// MariaDB or MySQL: one database for all, or one for each service.
    case mariadb(ServiceURLs)

    /// Without passwords.
    package var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .mariadb(let urls): urls.description
        }
    }

    /// The key file when none is named: beside the database, so that both are kept and moved together; in the working
    /// folder, where the database is elsewhere.
    package var defaultKeyFile: String {
        switch self {
        case .sqlite(let path): path + ".key"
        case .mariadb: "sipd.key"
        }
    }
}
