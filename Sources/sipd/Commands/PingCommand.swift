import ArgumentParser
import SIPCore
import SIPLocation

/// `sipd ping URI`
struct PingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract:
            "Asks a phone or server for a sign of life, and prints answer and round-trip time.",
        discussion: """
            An OPTIONS goes to every contact of a registered address, which the running sipd names, and else to the URI \
            itself. It comes from a socket of this command: a phone behind NAT, which answers its proxy alone, stays \
            silent. The exit code is 1 unless one answered.

            Examples:
              sipd ping alice@voice.example
              sipd ping sip:192.0.2.7:5080 --timeout 2 --json
            """)

    @Argument(help: "user@domain, or a URI such as sip:192.0.2.7:5080.")
    var uri: String

    @Option(help: "Seconds to wait for an answer, 0.1 to 60.")
    var timeout = 4.0

    @Flag(
        help:
            "As a JSON array of objects: uri, status (null: no answer), answer, microseconds, copies (how many were sent)."
    )
    var json = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (0.1...60).contains(timeout) else {
            throw ValidationError("the timeout is 0.1 to 60 seconds")
        }
    }

    func run() async throws {
        let targets = try targets()
        var listing = Listing(["uri", "status", "answer", "microseconds", "copies"])
        var pings: [Ping] = []
        for target in targets {
            do throws(Failure) {
                pings.append(try Ping(target))
            } catch {
                // Of several contacts, one that can't be asked does not stand in the way of the others.
                guard targets.count > 1 else { throw error }
                listing.append([
                    .text(target.uri.description), .nothing, .text(error.description), .nothing,
                    .number(0),
                ])
            }
        }
        Ping.run(&pings, timeout: .seconds(timeout))
        for ping in pings { listing.append(ping.row) }
        listing.print(asJSON: json)
        guard pings.contains(where: \.isAnswered) else {
            throw ExitCode(Failure.Code.negative.rawValue)
        }
    }

    /// The contacts of a registered address, or what was named itself.
    private func targets() throws -> [Ping.Target] {
        let text = uri.contains(":") ? uri : "sip:\(uri)"
        guard let sip = try? URI(ByteSlice(text)).sip else {
            throw Failure(.data, "'\(uri)' is neither user@domain nor a SIP URI")
        }
        var targets: [Ping.Target] = []
        if let name = AccountName(argument: uri), let daemon = try options.daemon() {
            try daemon.perform(.show(address: name.description)) { reply in
                guard case .registrations(let registrations, _) = reply else { return true }
                for registration in registrations {
                    guard let contact = try? SIPURI(registration.contact) else { continue }
                    targets.append(
                        Ping.Target(
                            uri: contact,
                            received: registration.received.flatMap {
                                StoredEndpoint.parse(ByteSlice($0))
                            }))
                }
                return true
            }
        }
        return targets.isEmpty ? [Ping.Target(uri: sip)] : targets
    }
}

extension Ping {
    fileprivate var isAnswered: Bool { if case .response? = answer { true } else { false } }

    fileprivate var row: [Listing.Cell] {
        switch answer {
        case .response(let status, let reason):
            return [
                .text(uri), .number(Int64(status)), .text(reason),
                .number(Int64(roundTrip / .microseconds(1))), .number(Int64(copies)),
            ]
        case .nobodyThere:
            return [.text(uri), .nothing, "nobody listens there", .nothing, .number(Int64(copies))]
        case .silence, nil:
            return [.text(uri), .nothing, "no answer", .nothing, .number(Int64(copies))]
        }
    }
}
