package import SIPCore
package import SIPDNS
package import SIPProxy
package import SIPTransport

/// Everything an operator can set, with the defaults of ``Preset/home``.
///
/// A value is read from four places, the later wins: these defaults, the settings file, the environment (`SIPD_…`), flags.
package struct Settings: Equatable, Sendable {
    package var preset = Preset.home
    /// Where to listen; port 0 lets the system choose one.
    package var listen = [Endpoint(.udp, .v4(0), port: 5060)]
    /// The domains this proxy is responsible for, beside the addresses it listens on, which stand for the first.
    package var domains: [String] = []
    /// What others are told to send to, in Via and Record-Route; nil: the address they reach us at.
    package var advertisedHost: String?
    package var database = DatabaseAddress.sqlite(path: "sipd.sqlite")
    /// The file with the key for nonces and Record-Route signatures; nil: beside the database.
    package var keyFile: String?
    package var pidFile: String?
    /// The control socket; nil: where ``controlPath`` says.
    package var control: String?
    /// Threads that read and write sockets; nil: one a core.
    package var eventLoops: Int?
    /// What a request without Max-Forwards is given (RFC 3261 16.6 step 3).
    package var maxForwards = 10
    /// The longest message accepted, in bytes; a longer one is answered 513.
    package var maxMessageSize = 65_535
    /// How many transactions may live at once; more are answered 503.
    package var maximumTransactions = 1_000_000
    /// Whether REGISTER is answered 100 first, which RFC 4320 section 4.1 forbids and old phones like.
    package var tryingOnRegister = false
    /// Networks whose requests need no credentials: gateways.
    package var trustedPeers: [Network] = []
    /// Where calls leave the house, by groups.
    package var gateways: [GatewayGroup] = []
    package var pstn = PSTN()
    package var flood = Flood()
    /// Listeners that load balancers connect to.
    package var proxyProtocol = ProxyProtocol()
    /// How packets ask to be treated on the way; nil: as the system has it.
    package var dscp: DSCP?
    package var tls = TLS()
    package var connections = Connections()
    package var location = Location()
    package var path = Path()
    package var nat = NAT()
    package var authentication = Authentication()
    package var accounts = Accounts()
    package var permissions = Permissions()
    package var mariadb = MariaDB()
    package var tables = Tables()
    package var timers = Timers()
    package var dns = DNSSettings()
    package var log = Log()

    package init() {}

    /// The defaults of a preset.
    package init(preset: Preset) {
        self.preset = preset
        guard preset == .ser else { return }
        tryingOnRegister = true
    }
}

extension Settings {
    /// Which route a request takes.
    package enum Preset: String, CaseIterable, Sendable {
        /// The relay is closed: a request for a foreign domain needs a caller who proved who he is.
        case home
        /// The route, order and reply codes of SER's configuration, with its open relay.
        case ser
    }

    /// The way of calls to telephone numbers.
    package struct PSTN: Equatable, Sendable {
        /// The group of gateways; where there is none of that name, nobody calls out.
        package var gateways = "pstn"
        /// The group of accounts that may.
        package var members = "pstn"
    }

    /// The registrar and where its bindings are kept (RFC 3261 10.3).
    package struct Location: Equatable, Sendable {
        package var mode = Mode.writeThrough
        /// Seconds between two writes in mode 2.
        package var flushInterval = 60
        /// Seconds between two looks at the aliases of a MariaDB database.
        package var aliasInterval = 10
        /// Seconds; a shorter wish is answered 423.
        package var minimumExpires = 60
        /// Seconds, when the phone names none.
        package var defaultExpires = 3600
        /// Seconds; a longer wish is cut to it.
        package var maximumExpires = 7200
        /// Contacts an address of record may have.
        package var maximumContacts = 10
        package var whenFull = WhenFull.refuse
        /// The way that phones are told to send their own requests: URIs, first hop first (RFC 3608).
        package var serviceRoute: [String] = []
        /// Whether phones that ask for them get GRUUs (RFC 5627).
        package var gruu = false
    }

    /// SER's db_mode.
    package enum Mode: Int, CaseIterable, Sendable {
        /// Lost at every stop.
        case memory = 0
        /// The 200 leaves after the database has committed.
        case writeThrough = 1
        /// Memory now, the database within the flush interval and at a clean stop.
        case writeBack = 2
        /// No memory: several processes share one database.
        case database = 3
    }

    /// What happens to a contact over the maximum.
    package enum WhenFull: String, CaseIterable, Sendable {
        case refuse
        case replaceOldest = "replace_oldest"
    }

    /// Digest authentication (RFC 7616, RFC 8760).
    package struct Authentication: Equatable, Sendable {
        /// Offered in this order. MD5 alone, because phones in the field give up where they see another
        /// (Docs/decisions/0003).
        package var algorithms = [Algorithm.md5]
        package var qop = [Qop.auth]
        /// Seconds for which a nonce is accepted.
        package var nonceLifetime = 300
    }

    /// The times that all timers of RFC 3261 table 4 follow from.
    package struct Timers: Equatable, Sendable {
        package var t1 = Duration.milliseconds(500)
        package var t2 = Duration.seconds(4)
        package var t4 = Duration.seconds(5)
        /// Timer C: how long a call may ring.
        package var c = Duration.seconds(181)
    }

    package enum Algorithm: String, CaseIterable, Sendable {
        case md5 = "MD5"
        case sha256 = "SHA-256"
        case sha512256 = "SHA-512-256"
    }

    package enum Qop: String, CaseIterable, Sendable {
        /// The challenge names no qop, for phones that know only RFC 2069.
        case none
        case auth
        case authInt = "auth-int"
    }

    package struct Log: Equatable, Sendable {
        package var level = LogLevel.info
        package var format = LogFormat.text
    }

    package enum LogLevel: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum LogFormat: String, CaseIterable, Sendable {
        /// `time level event key=value …`
        case text
        /// One JSON object a line.
        case json
    }
}
