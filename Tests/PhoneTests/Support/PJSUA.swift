import Foundation
import TestPrograms

/// A phone by PJSUA2 (PJSIP), told what to do by a script.
final class PJSUA: Phone {
    let user: String
    private let process: ChildProcess

    /// The wheel pjsua2-python, where `make test` installs it.
    static let isInstalled = FileManager.default.fileExists(atPath: Wheels.path("pjsua2"))

    init(_ number: Int, at place: Place, of site: PhoneSite) throws {
        user = "user\(number)"
        let script = try Bundle.module.path(
            forResource: "pjsua-phone", ofType: "py", inDirectory: "Fixtures"
        )
        .orThrow("no script")
        process = try ChildProcess(
            "python3",
            [
                script, "--user", user, "--password", "pw\(number)", "--domain", "voice.test",
                "--transport", place.transport, "--proxy",
                "sip:127.0.0.1:\(try site.port(of: place));transport=\(place.transport);lr",
                "--authority", site.certificates.authority, "--log",
                site.folder.path("\(user).pjsua.log"),
            ], input: nil, environment: ["PYTHONPATH": Wheels.folder.path()])
    }

    func waitUntilRegistered() throws { try wait { $0 == "registered 200" } }
    func call(_ address: String) throws { try process.say("call \(address)") }
    func waitUntilItRings() throws { try wait { $0 == "state EARLY 180" } }

    func waitUntilCalled() throws {
        try wait { $0.hasPrefix("incoming ") }
        try process.say("answer 180")
    }

    func answer() throws { try process.say("answer 200") }
    func refuse() throws { try process.say("answer 486") }
    func hangUp() throws { try process.say("hangup") }
    func waitUntilTalking() throws { try wait { $0 == "state CONFIRMED 200" } }

    func hold() throws {
        try process.say("hold")
        try wait { $0 == "media local-hold" }
    }

    func resume() throws {
        try process.say("resume")
        try wait { $0 == "media active" }
    }

    func waitUntilChanged(_ change: SessionChange) throws {
        switch change {
        case .held: try wait { $0 == "media remote-hold" }
        case .resumed: try wait { $0 == "media active" }
        }
    }

    func transfer(to address: String) throws { try process.say("transfer \(address)") }
    // It leaves it to its application to hang up then (RFC 5589 section 6).
    func waitUntilTransferred() throws {
        try wait { $0 == "transferred 200" }
        try hangUp()
        try waitUntilOver()
    }

    @discardableResult
    func waitUntilOver() throws -> Int? {
        let line = try wait { $0.hasPrefix("state DISCONNECTED ") }
        let status = Int(line.split(separator: " ").last ?? "") ?? 0
        return status >= 300 ? status : nil
    }

    @discardableResult
    private func wait(_ fits: (String) -> Bool) throws -> String {
        try process.line(of: .standard) { line in
            fits(line)
        }
    }
}

/// What `make test` installs from PyPI.
enum Wheels {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/wheels")

    static func path(_ name: String) -> String { folder.appending(path: name).path() }
}
