import SIPCore

/// Everything that was sent, and the ladder of a call as text.
final class Recorder {
    private(set) var transmissions: [Transmission] = []
    /// Names for the columns of a ladder.
    var names: [Endpoint: String] = [:]
    /// Long runs with many calls need no record.
    var isRecording = true

    func note(_ transmission: Transmission) {
        if isRecording { transmissions.append(transmission) }
    }

    func forget() { transmissions = [] }

    func name(_ endpoint: Endpoint) -> String { names[endpoint] ?? endpoint.hostPort }

    /// What was sent from one name to another.
    func letters(from source: String, to destination: String) -> [Letter] {
        transmissions.filter { name($0.source) == source && name($0.destination) == destination }
            .compactMap { Letter($0.bytes, from: $0.source, at: $0.moment) }
    }

    /// The ladder of one call, or of everything.
    func ladder(callID: String? = nil) -> Ladder {
        var steps: [Ladder.Step] = []
        for transmission in transmissions {
            guard
                let letter = Letter(
                    transmission.bytes, from: transmission.source, at: transmission.moment),
                callID == nil || letter.callID == callID
            else { continue }
            steps.append(
                Ladder.Step(
                    moment: transmission.moment, source: name(transmission.source),
                    destination: name(transmission.destination), label: letter.label,
                    fate: transmission.fate))
        }
        return Ladder(steps: steps)
    }
}

extension Letter {
    /// `INVITE`, `200 INVITE`.
    fileprivate var label: String {
        method ?? status.map { "\($0) \(cseqMethod)" } ?? "?"
    }
}

/// Who said what to whom, one line a message.
struct Ladder: CustomStringConvertible {
    struct Step {
        let moment: Instant
        let source: String
        let destination: String
        let label: String
        let fate: Transmission.Fate

        /// `alice -> proxy INVITE`.
        var line: String { "\(source) -> \(destination) \(label)" }
    }

    let steps: [Step]

    /// The steps as lines without times: what a test compares.
    var lines: [String] { steps.map(\.line) }

    /// A column for each party, an arrow for each message.
    var description: String {
        var parties: [String] = []
        for step in steps {
            for party in [step.source, step.destination] where !parties.contains(party) {
                parties.append(party)
            }
        }
        let width = max(22, (parties.map(\.count).max() ?? 0) + 2)
        var text = String(repeating: " ", count: 10)
        for party in parties { text += party.padded(to: width) }
        text += "\n"
        for step in steps {
            guard let from = parties.firstIndex(of: step.source),
                let to = parties.firstIndex(of: step.destination)
            else { continue }
            text += "\(step.moment.seconds)".padded(to: 10)
            text += String(repeating: "|".padded(to: width), count: min(from, to))
            let length = width * abs(from - to) - 1
            let label = step.fate == .lost ? "\(step.label) (lost)" : step.label
            let line = "-\(label)".padded(to: max(length - 1, label.count + 1), with: "-")
            text += from < to ? "|\(line)>|" : "|<\(line)|"
            text += "\n"
        }
        return text
    }
}

extension String {
    fileprivate func padded(to width: Int, with filler: Character = " ") -> String {
        self + String(repeating: filler, count: max(0, width - count))
    }
}

extension Instant {
    /// Seconds with three digits behind the point.
    fileprivate var seconds: String {
        let milliseconds = nanoseconds / 1_000_000
        let rest = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(rest)"
    }
}
