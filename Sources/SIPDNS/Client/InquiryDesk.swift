import SIPCore

/// Brings questions and answers together, on the resolver's thread: a question that several wait for is asked once.
final class InquiryDesk {
    private var channel: AresChannel?
    private let settings: DNSSettings
    private var file: SystemFile
    /// The channel is replaced: what the old one says of its questions is of no interest.
    private var isReplacing = false
    private let keep: (Answer, Duration?, Question) -> Answer
    private let now: () -> Instant
    private var asked: [Question: Asked] = [:]
    private var waiting: [Inquiry] = []
    /// When it is looked next at who has waited too long.
    private var nextLook: Instant?

    private struct Asked {
        var inquiries: [Inquiry]
        /// Then those who wait are told that no answer came; nil when they were. c-ares goes on trying.
        var deadline: Instant?
    }

    /// How long the machine's own table of hosts is believed.
    private static let localLifetime = Duration.seconds(10)
    private static let shortestLook = Duration.milliseconds(20)
    private static let longestLook = Duration.milliseconds(250)

    init(
        _ settings: DNSSettings, keep: @escaping (Answer, Duration?, Question) -> Answer,
        now: @escaping () -> Instant
    ) throws(DNSSettingsError) {
        self.settings = settings
        self.keep = keep
        self.now = now
        file = SystemFile(settings.systemFile, at: now())
        channel = nil
        channel = try newChannel()
    }

    private func newChannel() throws(DNSSettingsError) -> AresChannel {
        try AresChannel(settings) { [unowned self] question, message, error in
            guard !isReplacing else { return }
            let answer = message?.answer ?? .failed(error)
            tell(answer, for: message?.lifetime, of: question)
        }
    }

    /// Asks the servers that the system names now; what is under way is asked anew.
    func reload() {
        guard settings.servers.isEmpty, let old = channel,
            let new = try? newChannel()
        else { return }
        isReplacing = true
        old.close()
        isReplacing = false
        channel = new
        for question in asked.keys { new.ask(question) }
    }

    /// Asks what is not asked yet.
    func begin(_ inquiry: Inquiry) {
        let now = now()
        if settings.servers.isEmpty, file.hasChanged(at: now) { reload() }
        waiting.append(inquiry)
        for question in inquiry.questions { begin(question, for: inquiry, at: now) }
        nextLook = min(
            nextLook ?? .distant, now + Self.longestLook, inquiry.nextLook(after: now))
    }

    private func begin(_ question: Question, for inquiry: Inquiry, at now: Instant) {
        if asked[question] != nil {
            asked[question]?.inquiries.append(inquiry)
            if asked[question]?.deadline == nil {
                asked[question]?.deadline = now + settings.timeout
            }
        } else if let answer = channel?.localAnswer(to: question) {
            inquiry.take(keep(answer, Self.localLifetime, question), to: question)
        } else if let channel, channel.questionCount < settings.maximumWaiting {
            asked[question] = Asked(inquiries: [inquiry], deadline: now + settings.timeout)
            channel.ask(question)
        } else {
            inquiry.take(.failed(.busy), to: question)
        }
    }

    private func tell(_ answer: Answer, for lifetime: Duration?, of question: Question) {
        let kept = keep(answer, lifetime, question)
        guard let asked = asked.removeValue(forKey: question) else { return }
        for inquiry in asked.inquiries { inquiry.take(kept, to: question) }
    }

    /// What is to be watched.
    var sockets: [Int32: Int16] { channel?.sockets ?? [:] }

    /// How long nothing has to be done if nothing comes, in milliseconds; -1: for ever.
    func patience() -> Int32 {
        var limit: Int32 = 60_000
        if let nextLook {
            let left = (nextLook - now()).nanoseconds / 1_000_000 + 1
            limit = Int32(clamping: max(0, min(left, 60_000)))
        }
        guard let channel, channel.questionCount > 0 else { return nextLook == nil ? -1 : limit }
        return channel.patience(upTo: limit)
    }

    /// Takes what has come, and ends what has waited too long.
    func process(_ ready: [(socket: Int32, events: Int16)]) {
        if let channel, channel.questionCount > 0 || !ready.isEmpty { channel.process(ready) }
        let now = now()
        guard let nextLook, nextLook <= now else { return }
        look(at: now)
    }

    private func look(at now: Instant) {
        var next = now + Self.longestLook
        for (question, entry) in asked {
            guard let deadline = entry.deadline else { continue }
            guard deadline <= now else {
                next = min(next, deadline)
                continue
            }
            asked[question] = Asked(inquiries: [], deadline: nil)
            let kept = keep(.failed(.timedOut), nil, question)
            for inquiry in entry.inquiries { inquiry.take(kept, to: question) }
        }
        waiting.removeAll { inquiry in
            inquiry.look(at: now)
            if !inquiry.isOver { next = min(next, inquiry.nextLook(after: now)) }
            return inquiry.isOver
        }
        nextLook = waiting.isEmpty ? nil : max(next, now + Self.shortestLook)
    }

    /// Ends everything.
    func close() {
        asked = [:]
        for inquiry in waiting { inquiry.end(ResolverThread.stopped) }
        waiting = []
        channel?.close()
        channel = nil
    }
}

extension Instant {
    fileprivate static let distant = Instant(nanoseconds: .max)
}
