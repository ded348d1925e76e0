import NIOCore
import NIOSSL
import SIPCore
import Synchronization

/// What new TLS connections are made with. It is exchanged as a whole; connections that live keep what
/// they began with.
package final class TLSContexts: Sendable {
    private let current: Mutex<Snapshot>

    /// - Throws: ``TLSError``.
    package init(_ settings: TLSSettings) throws(TLSError) {
        current = Mutex(try Snapshot(settings))
    }

    /// Reads all files again.
    ///
    /// - Throws: ``TLSError``; then all stays as it was.
    package func reload(_ settings: TLSSettings) throws(TLSError) {
        let snapshot = try Snapshot(settings)
        current.withLock { $0 = snapshot }
    }

    /// For a client that names a host, or none.
    func server(for name: String?) -> NIOSSLContext {
        current.withLock { $0.server(for: name) }
    }

    /// For connections that are opened from here.
    var client: NIOSSLContext { current.withLock { $0.client } }

    private struct Snapshot: Sendable {
        let servers: [(names: [ByteSlice], context: NIOSSLContext)]
        let client: NIOSSLContext
        let first: NIOSSLContext

        init(_ settings: TLSSettings) throws(TLSError) {
            guard settings.clientVerification == .none || settings.clientAuthorities != nil,
                settings.clientVerification != .none || settings.clientAuthorities == nil
            else { throw .halfSetClientVerification }
            var servers: [(names: [ByteSlice], context: NIOSSLContext)] = []
            var firstIdentity: LoadedIdentity?
            for identity in settings.identities {
                let loaded = try LoadedIdentity(identity)
                firstIdentity = firstIdentity ?? loaded
                servers.append((loaded.names, try loaded.server(settings)))
            }
            guard let firstIdentity, let first = servers.first else { throw .noCertificate }
            self.servers = servers
            self.first = first.context
            client = try firstIdentity.client(settings)
        }

        func server(for name: String?) -> NIOSSLContext {
            guard let name, servers.count > 1 else { return first }
            let host = ByteSlice(name.lowercased())
            for server in servers where server.names.contains(where: { $0.covers(host) }) {
                return server.context
            }
            return first
        }
    }
}

extension ByteSlice {
    /// Whether a certificate's name is that of a host, as servers are chosen: `*.example` covers
    /// one label (RFC 6125 6.4.3).
    fileprivate func covers(_ host: ByteSlice) -> Bool {
        if self == host { return true }
        guard count > 2, self[0] == 0x2A, self[1] == 0x2E, let dot = host.firstIndex(of: 0x2E)
        else { return false }
        return slice(1..<count) == host.slice(dot..<host.count)
    }
}

/// A certificate and its key, as their files had them.
private struct LoadedIdentity {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    let names: [ByteSlice]
    let identity: TLSSettings.Identity

    init(_ identity: TLSSettings.Identity) throws(TLSError) {
        self.identity = identity
        chain = try Self.read(identity.chain) { try NIOSSLCertificate.fromPEMFile($0) }
        key = try Self.read(identity.key) { try NIOSSLPrivateKey(file: $0, format: .pem) }
        guard let own = chain.first else {
            throw .unreadable(file: identity.chain, reason: "there is no certificate in it")
        }
        let now = UnixTimeOfDay.now
        guard own.notValidBefore <= now, now < own.notValidAfter else {
            throw .notValidNow(file: identity.chain)
        }
        names = PeerCertificate(own).names
    }

    private static func read<Content>(
        _ file: String, _ read: (String) throws -> Content
    ) throws(TLSError) -> Content {
        do {
            return try read(file)
        } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }

    func server(_ settings: TLSSettings) throws(TLSError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        switch settings.clientVerification {
        case .none: configuration.certificateVerification = .none
        case .optional: configuration.certificateVerification = .optionalVerification
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        if let file = settings.clientAuthorities {
            configuration.trustRoots = .certificates(
                try Self.read(file) { try NIOSSLCertificate.fromPEMFile($0) })
        }
        return try context(configuration)
    }

    func client(_ settings: TLSSettings) throws(TLSError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // The name is compared by the rules of RFC 5922 once the handshake is over.
        configuration.certificateVerification = .noHostnameVerification
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        if let file = settings.authorities {
            configuration.trustRoots = .certificates(
                try Self.read(file) { try NIOSSLCertificate.fromPEMFile($0) })
        }
        return try context(configuration)
    }

    private func context(_ configuration: TLSConfiguration) throws(TLSError) -> NIOSSLContext {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .mismatch(chain: identity.chain, key: identity.key)
        }
    }
}
