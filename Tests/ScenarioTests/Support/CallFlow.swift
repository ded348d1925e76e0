import Foundation
import SIPCore
import SIPTesting
import Testing

/// A call flow of RFC 3665: its messages, and who sends them to whom.
struct CallFlow: CustomTestStringConvertible {
    struct Step {
        let file: String
        let from: String
        let to: String
        let text: String

        /// The message as this proxy's transports have it: the RFC's TCP is UDP here.
        var message: ReceivedMessage? {
            ReceivedMessage(
                Array(text.utf8), from: Endpoint(.udp, .v4(0), port: 0), at: .zero)
        }
    }

    let section: String
    private(set) var steps: [Step]
    /// The files of messages that a proxy makes of messages that it gets.
    let forwarded: Set<String>

    var testDescription: String { section }

    init(_ section: String) throws {
        self.section = section
        steps = try Self.rows("flows.tsv").filter { $0[0] == section }.map { fields in
            let text = try String(
                contentsOf: Self.folder.appending(path: fields[1]), encoding: .utf8)
            return Step(
                file: fields[1], from: fields[2], to: fields[3],
                text: text.replacing("SIP/2.0/TCP", with: "SIP/2.0/UDP")
                    .replacing(";transport=tcp", with: ""))
        }
        forwarded = Set(
            try Self.rows("proxy-pairs.tsv").filter { $0[0] == section }.map { $0[2] })
    }

    /// The flow at other addresses than the RFC's 192.0.2.x:5060.
    ///
    /// - Parameter network: as long as 192.0.2, for bodies have their lengths written down.
    func at(_ network: IPAddress, port: UInt16) -> CallFlow {
        let prefix = network.description.dropLast()
        var moved = self
        moved.steps = steps.map { step in
            Step(
                file: step.file, from: step.from, to: step.to,
                text: step.text.replacing("192.0.2.", with: prefix)
                    .replacing(":5060", with: ":\(port)")
                    // What names no port means 5060.
                    .replacing(".example.com;lr", with: ".example.com:\(port);lr"))
        }
        return moved
    }

    private static func rows(_ file: String) throws -> [[String]] {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t").map(String.init)
        }
    }

    private static let folder = Bundle.module.bundleURL.appending(path: "Fixtures")
        .appending(path: "rfc3665")
}
