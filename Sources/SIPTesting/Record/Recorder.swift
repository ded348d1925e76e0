public import SIPCore

/// Everything that was sent on a ``VirtualNetwork``, and the ladder of a call as text.
public final class Recorder {
    /// What was sent, in the order in which it was.
    public private(set) var transmissions: [Transmission] = []
    /// Names for the columns of a ladder; an address without one stands there as `host:port`.
    public var names: [Endpoint: String] = [:]
    /// Whether what is sent is kept. A run of thousands of calls needs no record.
    public var isRecording = true

    func note(_ transmission: Transmission) {
        if isRecording { transmissions.append(transmission) }
    }

    /// Forgets what was sent so far.
    public func forget() { transmissions = [] }

    /// The name of an address.
    public func name(_ endpoint: Endpoint) -> String { names[endpoint] ?? endpoint.hostPort }

    /// What was sent from one name to another, lost messages included.
    public func messages(from source: String, to destination: String) -> [ReceivedMessage] {
        transmissions.filter { name($0.source) == source && name($0.destination) == destination }
            .compactMap { ReceivedMessage($0.bytes, from: $0.source, at: $0.moment) }
    }

    /// The ladder of what has that Call-ID; nil: of everything.
    public func ladder(callID: String? = nil) -> Ladder {
        var steps: [Ladder.Step] = []
        for transmission in transmissions {
            guard
                let message = ReceivedMessage(
                    transmission.bytes, from: transmission.source, at: transmission.moment),
                callID == nil || message.callID == callID
            else { continue }
            steps.append(
                Ladder.Step(
                    moment: transmission.moment, source: name(transmission.source),
                    destination: name(transmission.destination), label: message.label,
                    fate: transmission.fate))
        }
        return Ladder(steps: steps)
    }
}

extension ReceivedMessage {
    /// `INVITE`, `200 INVITE`.
    fileprivate var label: String {
        method ?? status.map { "\($0) \(cseqMethod)" } ?? "?"
    }
}
