import Foundation
import TestPrograms

/// A phone by baresip, told what to do over its module ctrl_tcp.
final class Baresip: Phone {
    let user: String
    private let process: ChildProcess
    private let control: BaresipControl

    /// Debian's baresip-core; `make test` installs it.
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/baresip")

    /// Starts it, and waits until it can be told something.
    ///
    /// - Parameters:
    ///   - domain: the one that it belongs to.
    ///   - proxy: where that is served; nil: by the site's sipd.
    init(
        _ number: Int, at place: Place, of site: PhoneSite, domain: String = "voice.test",
        proxy: String? = nil
    ) throws {
        user = "user\(number)"
        let proxy = try proxy ?? "\(place.host):\(site.port(of: place))"
        let folder = site.folder.path("\(user).baresip")
        let port = try TCPSocket.freePort()
        try Self.write(
            [
                "config": Self.configuration(place, site, user: user, control: port),
                "accounts": """
                <sip:\(user)@\(domain)>;auth_user=\(user);auth_pass=pw\(number);regint=600;\
                outbound="sip:\(proxy);transport=\(place.transport)"

                """,
                "contacts": "",
            ], to: folder)
        process = try ChildProcess("baresip", ["-f", folder, "-v"])
        try process.line(of: .standard) { $0.hasPrefix("baresip is ready") }
        control = try BaresipControl(port)
    }

    private static func configuration(
        _ place: Place, _ site: PhoneSite, user: String, control: UInt16
    ) -> String {
        """
        poll_method epoll
        sip_listen \(place.host):0
        sip_cafile \(site.certificates.authority)
        net_interface \(place.host.filter { $0 != "[" && $0 != "]" })
        audio_player aubridge,\(user)
        audio_source aubridge,\(user)
        audio_alert aubridge,\(user)-alert
        module_path \(modules)
        module g711.so
        module aubridge.so
        module_app account.so
        module_app contact.so
        module_app menu.so
        module ctrl_tcp.so
        ctrl_tcp_listen 127.0.0.1:\(control)

        """
    }

    private static let modules = "/usr/lib/baresip/modules"

    private static func write(_ files: [String: String], to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
    }

    func waitUntilRegistered() throws {
        try process.line(of: .standard) { $0.contains(" 200 OK (") && $0.contains("[1 binding]") }
    }

    func call(_ address: String) throws { try control.command("dial", address) }
    func waitUntilItRings() throws { try control.wait(for: "CALL_RINGING") }
    func waitUntilCalled() throws { try control.wait(for: "CALL_INCOMING") }
    func answer() throws { try control.command("accept") }
    func refuse() throws { try control.command("hangup") }
    func hangUp() throws { try control.command("hangup") }
    func waitUntilTalking() throws { try control.wait(for: "CALL_ESTABLISHED") }

    func hold() throws {
        try control.command("hold")
        try control.wait(for: "CALL_REMOTE_SDP", "answer")
    }

    func resume() throws {
        try control.command("resume")
        try control.wait(for: "CALL_REMOTE_SDP", "answer")
    }

    // It does not say which change it was.
    func waitUntilChanged(_ change: SessionChange) throws {
        try control.wait(for: "CALL_REMOTE_SDP", "offer")
    }

    func transfer(to address: String) throws { try control.command("transfer", address) }

    func waitUntilTransferred() throws { try control.wait(for: "CALL_CLOSED", "Call transfered") }

    @discardableResult
    func waitUntilOver() throws -> Int? {
        let reason = try control.wait(for: "CALL_CLOSED")
        return Int(reason.prefix(3))
    }
}

/// The events of a baresip, and what it is told: JSON in netstrings.
private final class BaresipControl {
    private struct Event: Decodable {
        let type: String?
        let param: String?
        let response: Bool?
        let ok: Bool?
        let data: String?
    }

    private struct Command: Encodable {
        let command: String
        let params: String?
    }

    private let socket: TCPSocket
    private var buffer: [UInt8] = []
    private var events: [Event] = []

    init(_ port: UInt16) throws { socket = try TCPSocket(to: port) }

    /// Says something, and waits until it is taken; what happens meanwhile is kept.
    func command(_ command: String, _ params: String? = nil) throws {
        let text = try JSONEncoder().encode(Command(command: command, params: params))
        try socket.send("\(text.count):\(String(decoding: text, as: UTF8.self)),")
        let deadline = Deadline(30)
        while true {
            let event = try read(until: deadline)
            guard event.response == true else {
                events.append(event)
                continue
            }
            guard event.ok == true else {
                throw ChildProcess.Trouble(description: "\(command): \(event.data ?? "refused")")
            }
            return
        }
    }

    /// Waits for an event; those before it are gone.
    ///
    /// - Parameter detail: what it has to be about; nil: anything.
    /// - Returns: what it is about.
    @discardableResult
    func wait(for type: String, _ detail: String? = nil) throws -> String {
        let deadline = Deadline(30)
        var passed: [String] = []
        while true {
            let event: Event
            if events.isEmpty {
                do {
                    event = try read(until: deadline)
                } catch {
                    throw ChildProcess.Trouble(
                        description: "\(error), waiting for \(type) after \(passed)")
                }
            } else {
                event = events.removeFirst()
            }
            if event.type == type, detail == nil || event.param == detail {
                return event.param ?? ""
            }
            passed.append(event.type ?? "")
        }
    }

    private func read(until deadline: Deadline) throws -> Event {
        while true {
            if let colon = buffer.firstIndex(of: 0x3A),
                let length = Int(String(decoding: buffer[..<colon], as: UTF8.self)),
                buffer.count >= colon + length + 2
            {
                let text = Data(buffer[colon + 1..<colon + 1 + length])
                buffer.removeFirst(colon + length + 2)
                return try JSONDecoder().decode(Event.self, from: text)
            }
            buffer += try socket.receive(until: deadline).orThrow("baresip is gone")
        }
    }
}
