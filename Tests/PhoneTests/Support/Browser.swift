import Foundation
import Glibc
import SIPTransport
import TestPrograms

/// A phone in a browser: SIP.js in a headless Chromium, over secure WebSocket. It does what its page says, one thing after
/// the other.
final class Browser {
    private let process: ChildProcess

    private static let library = Wheels.path("odoo/addons/voip_oca/static/lib/sip.js")

    /// Debian's chromium and SIP.js out of the wheel odoo-addon-voip-oca; `make test` installs both.
    static let isInstalled =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
        && FileManager.default.fileExists(atPath: library)

    /// Starts it.
    ///
    /// - Parameter callee: whom it calls when it has registered.
    init(_ number: Int, calling callee: any Phone, at site: PhoneSite) throws {
        let page = try Bundle.module.url(
            forResource: "browser-phone", withExtension: "html", subdirectory: "Fixtures"
        ).orThrow("no page")
        let port = try site.sipd.port(of: "wss:127.0.0.1")
        let settings = try JSONEncoder().encode([
            "library": "file://\(Self.library)", "server": "wss://127.0.0.1:\(port)",
            "user": "user\(number)", "password": "pw\(number)", "callee": callee.user,
        ])
        let fragment = try String(decoding: settings, as: UTF8.self).addingPercentEncoding(
            withAllowedCharacters: .urlPathAllowed
        ).orThrow("no address")
        process = try ChildProcess(
            "/usr/bin/chromium",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--enable-logging=stderr",
                "--user-data-dir=\(site.folder.path("chromium"))",
                "--ignore-certificate-errors-spki-list=\(try site.keyHash())",
                "\(page.absoluteString)#\(fragment)",
            ], environment: ["HOME": site.folder.path("")])
    }

    /// Waits until its page says so.
    func wait(for word: String) throws {
        let line = try process.line(of: .error, within: 60) {
            $0.contains("\"phone: \(word)\"") || $0.contains("\"phone: failed")
        }
        guard !line.contains("phone: failed") else { throw ChildProcess.Trouble(description: line) }
    }

    /// Closes the window.
    func close() throws {
        process.signal(SIGTERM)
        try process.wait()
    }
}

extension PhoneSite {
    /// The hash of the certificate's public key, by which Chromium believes it without an authority.
    fileprivate func keyHash() throws -> String {
        let process = try ChildProcess(
            "sh",
            [
                "-c",
                """
                openssl x509 -in '\(identity.chain)' -pubkey -noout | \
                openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64
                """,
            ])
        try process.wait()
        return process.written(to: .standard).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
