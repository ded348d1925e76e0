import Foundation
package import SIPTransport

/// An authority of a test's own, and certificates by it, made with the openssl tool; the files go with it.
package final class Certificates: Sendable {
    package struct Trouble: Error { package let output: String }

    private let folder: URL

    /// Makes the authority.
    package init() throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "sip-certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=authority", "-keyout", path("ca.key"), "-out",
            path("ca.pem"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    package var authority: String { path("ca.pem") }

    package func path(_ name: String) -> String { folder.appending(path: name).path() }

    /// A certificate and its key.
    ///
    /// - Parameters:
    ///   - names: its subject alternative names, such as `DNS:voice.test`.
    ///   - days: how long it is valid; a negative number: it is not any more.
    ///   - commonName: nil: any.
    package func make(
        _ names: String, days: Int = 2, commonName: String? = nil
    ) throws -> TLSSettings.Identity {
        let name = UUID().uuidString
        let request = path("\(name).csr")
        let identity = TLSSettings.Identity(chain: path("\(name).pem"), key: path("\(name).key"))
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(commonName ?? name)", "-addext", "subjectAltName=\(names)", "-keyout",
            identity.key, "-out",
            request)
        try openssl(
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", path("ca.key"), "-days",
            "\(days)", "-copy_extensions", "copyall", "-out", identity.chain)
        return identity
    }

    private func openssl(_ arguments: String...) throws {
        let openssl = try ChildProcess("openssl", arguments)
        guard try openssl.wait() == .exit(0) else {
            throw Trouble(output: openssl.written(to: .error))
        }
    }
}
