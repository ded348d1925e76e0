// What only a MariaDB or MySQL database needs to be told, and what is kept of it in memory.
extension Settings {
    /// How an existing database is read.
    package struct MariaDB: Equatable, Sendable {
        package var calculateHA1 = CalculateHA1.auto
        /// The column with the password, or with the MD5 hash; nil: `password` and `ha1`.
        package var passwordColumn: String?
        /// Whether names belong to a domain.
        package var usesDomain = true
        package var clock = Clock.local
        /// Whether tables of an unknown version are used all the same.
        package var ignoresVersions = false
        package var whenDownAtStart = WhenDown.stop

        package init() {}
    }

    /// Kamailio's and SER's setting of that name.
    package enum CalculateHA1: String, CaseIterable, Sendable {
        /// The password where there is one, else the hashes.
        case auto
        /// The table holds hashes.
        case no = "0"
        /// The table holds passwords.
        case yes = "1"
    }

    /// The clock that DATETIME columns are in.
    package enum Clock: String, CaseIterable, Sendable {
        case local, utc
    }

    /// What is done when the database can't be reached at the start.
    package enum WhenDown: String, CaseIterable, Sendable {
        /// An error and the end.
        case stop
        /// Nothing is served until it is there.
        case wait
        /// 503 is answered until it is there.
        case serve
    }

    /// The tables' names.
    package struct Tables: Equatable, Sendable {
        package var subscriber = "subscriber"
        package var location = "location"
        package var aliases = "aliases"
        package var dbaliases = "dbaliases"
        package var uri = "uri"
        package var domain = "domain"
        package var group = "grp"
        package var address = "address"
        package var version = "version"

        package init() {}
    }

    /// Accounts in memory.
    package struct Accounts: Equatable, Sendable {
        /// Seconds for which an account that was read is good; 0: each request asks the database.
        package var cacheLifetime = 30
        package var cacheCapacity = 100_000

        package init() {}
    }
}
