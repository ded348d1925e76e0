import SIPCore
public import SIPLocation

extension DatabaseURL {
    static let defaultPort: UInt16 = 3306

    /// Reads a URL. `mysql://` and `mariadb://` mean the same.
    ///
    /// What is special in a URL (`: / ? # @ , %` and spaces) is written as `%3A` and so on in the user's name and the password. A
    /// host that begins with `%2F` is the path of a UNIX socket. The options:
    ///
    /// | option | |
    /// |---|---|
    /// | `socket` | the path of a UNIX socket, instead of the hosts |
    /// | `password_file`, `password_env` | the file or the environment variable that holds the password |
    /// | `tls` | `off`, `prefer` (the default), `require`, `verify` |
    /// | `tls_ca`, `tls_cert`, `tls_key`, `tls_fingerprint` | files, and the SHA-1 of the server's certificate |
    /// | `server_public_key` | a file with the server's RSA key, for `caching_sha2_password` without TLS |
    /// | `charset` | `binary` (the default), `latin1`, `utf8`, `utf8mb4` |
    /// | `connect_timeout`, `timeout` | seconds |
    /// | `arrays` | `on` (the default), `off` for a proxy in between that takes no statements with arrays |
    ///
    /// - Throws: `StoreError` of kind `unusable`. Nothing of what may be the password stands in it.
    public init(_ text: String) throws(StoreError) {
        guard let scheme = text.firstRange(of: "://"),
            ["mysql", "mariadb"].contains(text[..<scheme.lowerBound].lowercased())
        else { throw Self.problem("it does not begin with mysql://") }
        let (front, query) = text[scheme.upperBound...].split(at: "?")
        let (authority, path) = front.split(at: "/")
        // Then it is a password whose special letters were not escaped: say so, and print none of it.
        guard !(path ?? "").contains("@"), !(query ?? "").contains("@"), !text.contains("#") else {
            throw Self.problem(
                "write / ? # @ in the user's name and the password as %2F %3F %23 %40")
        }
        guard let path, !path.isEmpty, !path.contains("/") else {
            throw Self.problem("the name of the database is missing behind the host's slash")
        }
        let at = authority.lastIndex(of: "@")
        let login = at.map { authority[..<$0] } ?? ""
        let places = at.map { authority[authority.index(after: $0)...] } ?? authority
        let (user, password) = login.split(at: ":")
        self.init(
            hosts: [], user: try Self.decode(user), password: .none,
            database: try Self.decode(path))
        if let password { self.password = .text(try Self.decode(password)) }
        for option in (query ?? "").split(separator: "&") {
            let (name, value) = option.split(at: "=")
            try set(String(name), try Self.decode(value ?? ""))
        }
        guard hosts.isEmpty else { return }
        for place in places.split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(try Self.host(place))
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(StoreError) {
        guard !value.isEmpty else { throw Self.problem("the value of \(name) is missing") }
        switch name {
        case "socket": hosts = [.socket(path: value)]
        case "password_file": password = try Self.only(password, .file(path: value))
        case "password_env": password = try Self.only(password, .environment(name: value))
        case "tls": tls.mode = try Self.choice(name, value)
        case "tls_ca": tls.authorities = value
        case "tls_cert": tls.certificate = value
        case "tls_key": tls.key = value
        case "tls_fingerprint": tls.fingerprint = value
        case "server_public_key": serverPublicKey = value
        case "charset": characterSet = try Self.choice(name, value)
        case "connect_timeout": connectTimeout = try Self.seconds(name, value)
        case "arrays": usesArrays = try Self.choice(name, value) as Switch == .on
        case "timeout": timeout = try Self.seconds(name, value)
        default:
            throw Self.problem(
                """
                there is no option \(name); there are socket, password_file, password_env, tls, tls_ca, tls_cert, tls_key, \
                tls_fingerprint, server_public_key, charset, connect_timeout, timeout, arrays
                """)
        }
    }

    private enum Switch: String, CaseIterable { case on, off }

    private static func only(
        _ former: Password, _ password: Password
    ) throws(StoreError) -> Password {
        guard former == .none else { throw problem("it says twice where the password is") }
        return password
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ value: String
    ) throws(StoreError) -> Choice {
        if let choice = Choice(rawValue: value) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw problem("the value of \(name) is none of \(choices)")
    }

    private static func seconds(_ name: String, _ value: String) throws(StoreError) -> Int {
        guard let seconds = Int(value), 1...3600 ~= seconds else {
            throw problem("the value of \(name) is no number of seconds from 1 to 3600")
        }
        return seconds
    }

    private static func host(_ text: Substring) throws(StoreError) -> Host {
        var name = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw problem("something else than a port stands behind an IPv6 address")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            (name, port) = text.split(at: ":")
        }
        let decoded = try decode(name)
        guard !decoded.isEmpty else { throw problem("a host is missing") }
        guard !decoded.hasPrefix("/") else { return .socket(path: decoded) }
        guard let port else { return .network(name: decoded, port: defaultPort) }
        guard let number = UInt16(port), number > 0 else {
            throw problem("a port is no number from 1 to 65535")
        }
        return .network(name: decoded, port: number)
    }

    private static func decode(_ text: Substring) throws(StoreError) -> String {
        let bytes = ByteSlice(String(text)).withoutEscapes
        guard let decoded = String(validating: bytes, as: UTF8.self),
            !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { throw problem("an escape is no UTF-8, or a control character") }
        return decoded
    }

    private static func problem(_ what: String) -> StoreError {
        StoreError(.unusable, "the database's URL can't be used: \(what)")
    }
}

extension Substring {
    /// What stands before the first `separator`, and what stands behind it; nil when there is none.
    fileprivate func split(at separator: Character) -> (Substring, Substring?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[self.index(after: index)...])
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
