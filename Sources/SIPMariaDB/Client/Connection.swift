import CMariaDB
import Foundation
import SIPCore
import SIPLocation

/// One connection to one server: blocking calls, made by one thread at a time.
///
/// This file, `Statement.swift`, `ParameterBlock.swift` and `ResultBlock.swift` are all that touches libmariadb.
@safe final class Connection {
    /// Never nil between init and deinit, and freed by deinit alone; nobody else gets it but the statements, which end first.
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [String: Statement] = [:]
    /// Whether the server takes a statement with an array of values.
    let executesArrays: Bool
    let isMariaDB: Bool
    /// What was learned of the tables; it ends with the connection, so a changed schema is seen after a reconnect.
    var tables: [String: Table] = [:]
    /// How long whoever waits for a statement is willing to.
    let timeout: Duration
    /// How long a statement waits for a row that another transaction has locked; twice that is within the timeout.
    let lockTimeout: Duration

    /// Connects.
    ///
    /// - Throws: ``ServerError``.
    init(_ url: DatabaseURL, host: DatabaseURL.Host, password: String) throws(ServerError) {
        let first: DatabaseURL.TLS.Mode
        if case .socket = host { first = .off } else { first = url.tls.mode }
        do {
            unsafe handle = try Self.connect(url, host, password, first)
        } catch let error where first == .prefer && error.code == UInt32(CR_SSL_CONNECTION_ERROR) {
            // libmariadb knows no "when the server has it".
            unsafe handle = try Self.connect(url, host, password, .off)
        }
        unsafe isMariaDB = mariadb_connection(handle) != 0
        unsafe executesArrays = url.usesArrays && sip_mariadb_executes_arrays(handle) != 0
        let lockSeconds = max(1, (url.timeout - 1) / 2)
        timeout = .seconds(url.timeout)
        lockTimeout = .seconds(lockSeconds)
        try prepareSession(url, lockSeconds)
    }

    deinit {
        statements = [:]
        unsafe mysql_close(handle)
    }

    /// Whether the other side is still there, as far as can be told without asking: a connection that the server closed
    /// while it was idle (`wait_timeout`, a restart) is seen before a statement is lost on it.
    var isOpen: Bool {
        var byte: UInt8 = 0
        // The socket belongs to the handle, which lives; one byte fits where one byte is.
        let count = unsafe recv(
            Int32(mysql_get_socket(handle)), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR }
        // Something came that nobody asked for: the server's farewell, or a TLS record without data.
        return unsafe count > 0 && mysql_ping(handle) == 0
    }

    /// Executes a statement of the program's own text, without values.
    ///
    /// - Throws: ``ServerError``.
    func execute(_ sql: StaticString) throws(ServerError) { try executeText(sql.description) }

    /// Executes a statement whose text this program made; what came from elsewhere is bound.
    ///
    /// - Returns: the rows that it changed.
    /// - Throws: ``ServerError``.
    @discardableResult
    func execute(_ sql: String, _ values: [Value]) throws(ServerError) -> Int {
        try statement(sql).execute([values], asArray: false)
    }

    /// Executes a statement for many rows of values: as one array when the server takes it, else one after the other.
    ///
    /// - Returns: the rows that it changed.
    /// - Throws: ``ServerError``.
    @discardableResult
    func execute(_ sql: String, rows: [[Value]]) throws(ServerError) -> Int {
        let statement = try statement(sql)
        guard !executesArrays || rows.count == 1 else {
            return try statement.execute(rows, asArray: true)
        }
        var changed = 0
        for row in rows { changed += try statement.execute([row], asArray: false) }
        return changed
    }

    /// Executes a query and hands over its rows.
    ///
    /// - Throws: ``ServerError``.
    func query(_ sql: String, _ values: [Value] = [], _ receive: (Row) -> Void) throws(ServerError)
    {
        let statement = try statement(sql)
        _ = try statement.execute([values], asArray: false)
        try statement.fetch(receive)
    }

    private func statement(_ sql: String) throws(ServerError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try unsafe Statement(sql, on: handle)
        statements[sql] = statement
        return statement
    }

    private func executeText(_ sql: String) throws(ServerError) {
        var sql = sql
        // The text and its length are those of one string, which lives during the call.
        let failed = sql.withUTF8 { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text in
                unsafe mysql_real_query(handle, text.baseAddress, UInt(text.count)) != 0
            }
        }
        if failed { throw unsafe Self.error(handle) }
    }

    /// What the session needs beside the options of the handshake.
    private func prepareSession(_ url: DatabaseURL, _ lockSeconds: Int) throws(ServerError) {
        // Strict: what is too wide is an error, never cut. TIMESTAMP columns are read and written in UTC. The server
        // gives up when we do, so that no statement goes on that nobody waits for.
        let limit =
            isMariaDB
            ? "max_statement_time = \(url.timeout)" : "max_execution_time = \(url.timeout * 1000)"
        try executeText(
            """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
            autocommit = 1, innodb_lock_wait_timeout = \(lockSeconds), \(limit)
            """)
    }

    /// Ways to log in that show the password to nobody but the server that knows it already.
    private static let plugins = [
        "mysql_native_password", "caching_sha2_password", "sha256_password", "client_ed25519",
    ]

    /// These send the password itself.
    private static let clearTextPlugins = ["mysql_clear_password", "dialog"]

    /// The library and its plugins are loaded once, before any connection: it would load a plugin when
    /// a server asks for it, and fail where two connections are asked at the same moment ("it is already
    /// loaded").
    private static let library: Void = {
        _ = mysql_server_init(0, nil, nil)
        guard let handle = unsafe mysql_init(nil) else { return }
        for plugin in plugins + clearTextPlugins {
            unsafe sip_mariadb_load_authentication(handle, plugin)
        }
        unsafe mysql_close(handle)
    }()

    private static func connect(
        _ url: DatabaseURL, _ host: DatabaseURL.Host, _ password: String,
        _ mode: DatabaseURL.TLS.Mode
    ) throws(ServerError) -> UnsafeMutablePointer<MYSQL> {
        _ = library
        guard let handle = unsafe mysql_init(nil) else {
            throw ServerError(code: UInt32(CR_OUT_OF_MEMORY), text: "out of memory")
        }
        unsafe setOptions(handle, url, mode)
        let connected: Bool
        // libmariadb copies all texts that it keeps; nil stands for "none".
        switch host {
        case .network(let name, let port):
            unsafe connected =
                mysql_real_connect(
                    handle, name, url.user, password, url.database, UInt32(port), nil, 0) != nil
        case .socket(let path):
            unsafe connected =
                mysql_real_connect(
                    handle, nil, url.user, password, url.database, 0, path, 0) != nil
        }
        guard connected else {
            let error = unsafe error(handle)
            unsafe mysql_close(handle)
            throw error
        }
        return unsafe handle
    }

    private static func setOptions(
        _ handle: UnsafeMutablePointer<MYSQL>, _ url: DatabaseURL, _ mode: DatabaseURL.TLS.Mode
    ) {
        // Each option copies its value during the call.
        func set<Number: FixedWidthInteger>(_ option: mysql_option, _ number: Number) {
            _ = unsafe withUnsafePointer(to: number) { unsafe mysql_options(handle, option, $0) }
        }
        func set(_ option: mysql_option, _ text: String?) {
            if let text { _ = unsafe mysql_options(handle, option, text) }
        }
        set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(clamping: url.connectTimeout))
        set(MYSQL_OPT_READ_TIMEOUT, UInt32(clamping: url.timeout))
        set(MYSQL_OPT_WRITE_TIMEOUT, UInt32(clamping: url.timeout))
        set(MYSQL_SET_CHARSET_NAME, url.characterSet.rawValue)
        // A server that is not what it seems must get no file of ours, and no password in clear text.
        set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        let allowed = plugins + (mode == .verify ? clearTextPlugins : [])
        set(MARIADB_OPT_RESTRICTED_AUTH, allowed.joined(separator: ","))
        set(MYSQL_SERVER_PUBLIC_KEY, url.serverPublicKey)
        guard mode != .off else { return }
        set(MYSQL_OPT_SSL_ENFORCE, my_bool(1))
        set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, my_bool(mode == .verify ? 1 : 0))
        set(MYSQL_OPT_SSL_CA, url.tls.authorities)
        set(MYSQL_OPT_SSL_CERT, url.tls.certificate)
        set(MYSQL_OPT_SSL_KEY, url.tls.key)
        set(MARIADB_OPT_TLS_PEER_FP, url.tls.fingerprint)
    }

    private static func error(_ handle: UnsafeMutablePointer<MYSQL>) -> ServerError {
        // The text is inside the handle and ends with a NUL; it is copied here.
        unsafe ServerError(
            code: mysql_errno(handle), text: String(cString: mysql_error(handle)))
    }
}
