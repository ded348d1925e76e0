import NIOSSL
import SIPTransport
import TestPrograms

extension Certificates {
    /// What a client speaks TLS with, which believes the authority.
    ///
    /// - Parameters:
    ///   - identity: what it shows when it is asked.
    ///   - change: what is different from what a good client does.
    func client(
        showing identity: TLSSettings.Identity? = nil,
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(authority)
        if let identity { try configuration.show(identity) }
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }

    /// What a server speaks TLS with.
    func server(
        _ identity: TLSSettings.Identity, _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(identity.chain).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem)))
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }
}

extension TLSConfiguration {
    fileprivate mutating func show(_ identity: TLSSettings.Identity) throws {
        certificateChain = try NIOSSLCertificate.fromPEMFile(identity.chain).map {
            .certificate($0)
        }
        privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
    }
}
