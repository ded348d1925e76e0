/// How the tables are named and filled: what differs from one installation in the field to the next.
public struct MariaDBSettings: Sendable {
    /// Which columns prove an account (the field's `calculate_ha1`).
    public enum Secrets: Hashable, Sendable {
        /// The password where there is one, else the hashes.
        case either
        /// Clear-text passwords (`calculate_ha1` 1).
        case passwords
        /// Hashes of name, realm and password (`calculate_ha1` 0).
        case hashes
    }

    /// The clock that DATETIME columns are in.
    public enum Clock: Hashable, Sendable {
        /// The local time of this process, as Kamailio and SER write it; environment variable `TZ` or the system's.
        case local
        case utc
    }

    /// The tables' names; those of Kamailio unless set.
    public struct Tables: Sendable {
        public var subscriber = "subscriber"
        public var location = "location"
        public var aliases = "aliases"
        public var dbaliases = "dbaliases"
        public var uri = "uri"
        public var domain = "domain"
        public var group = "grp"
        public var address = "address"
        public var version = "version"

        public init() {}
    }

    public var tables = Tables()
    public var secrets = Secrets.either
    /// The column with the password, or with the MD5 hash when ``secrets`` is `hashes`; nil for `password` and `ha1`.
    public var passwordColumn: String?
    /// Whether names belong to a domain (the field's `use_domain`). Without, they are matched by the user alone.
    public var usesDomain = true
    /// Without ``usesDomain``: the host that the addresses of bindings and aliases are given here.
    public var domain = ""
    public var clock = Clock.local
    /// Whether a table of a version that this program does not know is used all the same.
    public var ignoresVersions = false
    /// How many look-ups, and how many writes, may wait; more are refused as overload.
    public var maximumWaiting = 10_000
    /// The least time from one commit of registrations to the next: those that come meanwhile share a commit. The first after a
    /// pause does not wait. Default 40 ms, less than a tenth of what a phone waits before it asks again (RFC 3261 T1).
    public var commitInterval = Duration.milliseconds(40)
    /// How many look-ups go into one statement.
    public var batchSize = 64
    /// How many rows are read at once at the start.
    public var pageSize = 2000

    public init() {}
}
