public import SIPCore

/// The ladder diagram of a call: who sent what to whom, and when.
///
/// ```
///           alice           proxy           bob
/// 2.000     |-MESSAGE------>|               |
/// 2.005     |               |-MESSAGE------>|
/// 2.010     |               |<-200 MESSAGE--|
/// 2.015     |<-200 MESSAGE--|               |
/// ```
public struct Ladder: CustomStringConvertible, Sendable {
    /// One message of a ladder.
    public struct Step: Sendable {
        /// When it was sent.
        public let moment: Instant
        /// The sender's name.
        public let source: String
        /// The receiver's name.
        public let destination: String
        /// `INVITE`, or `200 INVITE` for a response to one.
        public let label: String
        /// Whether it arrived.
        public let fate: Transmission.Fate

        /// `alice -> proxy INVITE`.
        public var line: String { "\(source) -> \(destination) \(label)" }
    }

    /// All messages, in the order in which they were sent.
    public let steps: [Step]

    /// The steps as lines without times, `alice -> proxy INVITE`: what a test compares.
    public var lines: [String] { steps.map(\.line) }

    /// The seconds, a column for each party, an arrow for each message; what was lost or doubled says so.
    public var description: String {
        var parties: [String] = []
        for step in steps {
            for party in [step.source, step.destination] where !parties.contains(party) {
                parties.append(party)
            }
        }
        let longest = steps.map { $0.text.count + 5 }.max() ?? 0
        let width = max(longest, (parties.map(\.count).max() ?? 0) + 2)
        var rows = ["".padded(to: 10) + parties.map { $0.padded(to: width) }.joined()]
        for step in steps {
            guard let from = parties.firstIndex(of: step.source),
                let to = parties.firstIndex(of: step.destination)
            else { continue }
            rows.append(
                step.moment.seconds.padded(to: 10) + step.row(from, to, parties.count, width))
        }
        return rows.map(\.withoutTrailingBlanks).joined(separator: "\n") + "\n"
    }
}

extension Ladder.Step {
    fileprivate var text: String {
        switch fate {
        case .delivered: label
        case .lost: "\(label) (lost)"
        case .duplicated: "\(label) (twice)"
        case .refused: "\(label) (refused)"
        }
    }

    /// The life lines of all parties, with the arrow between two of them.
    fileprivate func row(_ from: Int, _ to: Int, _ parties: Int, _ width: Int) -> String {
        let gap = "|".padded(to: width)
        // A message to oneself has no room for an arrow.
        guard from != to else {
            return String(repeating: gap, count: from) + "| \(text) to itself"
        }
        let (left, right) = (min(from, to), max(from, to))
        let room = width * (right - left) - 1
        let arrow =
            from < to
            ? "-\(text)".padded(to: room - 1, with: "-") + ">"
            : "<-\(text)".padded(to: room, with: "-")
        return String(repeating: gap, count: left) + "|" + arrow
            + String(repeating: gap, count: parties - right)
    }
}

extension String {
    fileprivate func padded(to width: Int, with filler: Character = " ") -> String {
        self + String(repeating: filler, count: max(0, width - count))
    }

    fileprivate var withoutTrailingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
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
