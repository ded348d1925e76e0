/// Which store holds accounts, aliases and bindings.
package enum DatabaseAddress: Hashable, Sendable, CustomStringConvertible {
    /// A SQLite file; made when it is not there.
    case sqlite(path: String)

    package var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        }
    }

    /// The key file when none is named: beside the database, so that both are kept and moved together.
    package var defaultKeyFile: String {
        switch self {
        case .sqlite(let path): path + ".key"
        }
    }
}
