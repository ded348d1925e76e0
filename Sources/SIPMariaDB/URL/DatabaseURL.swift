/// Which database, where, and as whom: `mysql://user:password@host:port,host2:port2/database?option=value&…`.
///
/// It prints without its password. ``init(_:)`` lists the options.
public struct DatabaseURL: Hashable, Sendable {
    /// One server.
    public enum Host: Hashable, Sendable {
        /// By name or address, over TCP.
        case network(name: String, port: UInt16)
        /// On this machine, by the path of its UNIX socket.
        case socket(path: String)
    }

    /// Where the password is.
    public enum Password: Hashable, Sendable {
        case none
        /// In the URL itself.
        case text(String)
        /// The first line of a file, read at each connect: a new password needs no restart.
        case file(path: String)
        /// The value of an environment variable.
        case environment(name: String)
    }

    /// The encryption between this program and the server. A UNIX socket is never encrypted.
    public struct TLS: Hashable, Sendable {
        public enum Mode: String, Hashable, Sendable, CaseIterable {
            /// None.
            case off
            /// When the server offers it; the server is not verified.
            case prefer
            /// Always; the server is not verified.
            case require
            /// Always, and the server's certificate must be of a known authority and carry the host's name.
            case verify
        }

        public var mode = Mode.prefer
        /// A file with the certificates of the authorities that are trusted; nil for those of the system.
        public var authorities: String?
        /// Files with the certificate and the key that this program shows; nil for none.
        public var certificate: String?
        public var key: String?
        /// The SHA-1 of the server's certificate in hexadecimal digits: pins it, whoever signed it.
        public var fingerprint: String?

        public init() {}
    }

    /// How texts travel: bytes are stored as they came (`binary`), or are converted from this character set to that of the column.
    public enum CharacterSet: String, Hashable, Sendable, CaseIterable {
        case binary, latin1, utf8, utf8mb4
    }

    /// The servers in the order they are tried; at least one.
    public var hosts: [Host]
    public var user: String
    public var password: Password
    public var database: String
    public var tls = TLS()
    public var characterSet = CharacterSet.binary
    /// The most seconds that a connection may take to come about, a host. 1 to 3600.
    public var connectTimeout = 3
    /// The most seconds that a statement may take, counted for every wait on the network. 1 to 3600.
    public var timeout = 5
    /// A file with the server's RSA key, for `caching_sha2_password` without TLS; nil asks the server for it.
    public var serverPublicKey: String?

    /// Whether statements with an array of values are sent to a server that says it takes them; a proxy in between may not.
    public var usesArrays = true

    public init(hosts: [Host], user: String, password: Password, database: String) {
        self.hosts = hosts
        self.user = user
        self.password = password
        self.database = database
    }
}

extension DatabaseURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// User, hosts and database, for logs and errors. The password never stands in it.
    public var description: String {
        let name = user.isEmpty ? "" : "\(user)@"
        return "mysql://\(name)\(hosts.map(\.description).joined(separator: ","))/\(database)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension DatabaseURL.Password: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public var description: String { "…" }
    public var debugDescription: String { "…" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension DatabaseURL.Host: CustomStringConvertible {
    public var description: String {
        switch self {
        case .network(let name, let port):
            let bracketed = name.utf8.contains(0x3A) ? "[\(name)]" : name
            return port == DatabaseURL.defaultPort ? bracketed : "\(bracketed):\(port)"
        case .socket(let path): return path
        }
    }
}
