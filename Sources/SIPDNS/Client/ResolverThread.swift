import Glibc
import SIPCore
import Synchronization

/// The thread that c-ares works on: no event loop waits for it, and it for nothing but its sockets.
final class ResolverThread: Sendable {
    private let inbox: Mutex<Inbox>

    private struct Inbox {
        var inquiries: [Inquiry] = []
        var isStopped = false
        var mustReload = false
        /// The end of a pair of sockets that wakes the thread at the other; gone when the thread is.
        var wakeup: Int32?

        func wake() {
            guard let wakeup else { return }
            // When the pair is full of bytes, the thread is awake anyway.
            send(wakeup, [0], 1, Int32(MSG_NOSIGNAL))
        }
    }

    /// - Parameters:
    ///   - keep: takes every answer and how long it holds, and returns what the askers are told.
    ///   - now: the monotonic clock.
    init(
        _ settings: DNSSettings,
        keep: @escaping @Sendable (Answer, Duration?, Question) -> Answer,
        now: @escaping @Sendable () -> Instant
    ) throws(DNSSettingsError) {
        var pair: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &pair) == 0 else {
            throw .failed(String(cString: strerror(errno)))
        }
        inbox = Mutex(Inbox(wakeup: pair[0]))
        let desk: InquiryDesk
        do {
            desk = try InquiryDesk(settings, keep: keep, now: now)
        } catch {
            for end in pair { close(end) }
            throw error
        }
        let worker = Unmanaged.passRetained(Worker(self, desk, pair[1]))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, workerMain, worker.toOpaque())
        guard status == 0 else {
            worker.release()
            for end in pair { close(end) }
            throw .failed(String(cString: strerror(status)))
        }
        pthread_detach(thread)
    }

    /// Has the questions of an inquiry asked.
    func submit(_ inquiry: Inquiry) {
        let isTaken = inbox.withLock { inbox in
            guard !inbox.isStopped else { return false }
            inbox.inquiries.append(inquiry)
            // More than one is worked off in one turn.
            if inbox.inquiries.count == 1 { inbox.wake() }
            return true
        }
        if !isTaken { inquiry.end(Self.stopped) }
    }

    /// Has the servers of the system read again.
    func reload() {
        inbox.withLock { inbox in
            inbox.mustReload = true
            inbox.wake()
        }
    }

    /// Whether they are to be read.
    fileprivate func takeReload() -> Bool {
        inbox.withLock { inbox in
            defer { inbox.mustReload = false }
            return inbox.mustReload
        }
    }

    /// Ends the thread, and all waiting.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopped = true
            inbox.wake()
        }
    }

    /// What has come in; nil when the thread is to end.
    fileprivate func takeInquiries() -> [Inquiry]? {
        inbox.withLock { inbox in
            guard !inbox.isStopped else { return nil }
            let inquiries = inbox.inquiries
            inbox.inquiries = []
            return inquiries
        }
    }

    /// Closes what wakes the thread, and ends what came too late.
    fileprivate func finish() {
        let rest = inbox.withLock { inbox in
            if let wakeup = inbox.wakeup { close(wakeup) }
            inbox.wakeup = nil
            let rest = inbox.inquiries
            inbox.inquiries = []
            return rest
        }
        for inquiry in rest { inquiry.end(Self.stopped) }
    }

    static let stopped = ResolutionError.failed("the resolver has stopped")
}

/// What the thread runs.
private final class Worker {
    private let thread: ResolverThread
    private let desk: InquiryDesk
    private let wakeup: Int32

    init(_ thread: ResolverThread, _ desk: InquiryDesk, _ wakeup: Int32) {
        self.thread = thread
        self.desk = desk
        self.wakeup = wakeup
    }

    func run() {
        while let inquiries = thread.takeInquiries() {
            if thread.takeReload() { desk.reload() }
            for inquiry in inquiries { desk.begin(inquiry) }
            wait()
        }
        desk.close()
        thread.finish()
        close(wakeup)
    }

    private func wait() {
        var watched = [pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)]
        for (socket, events) in desk.sockets {
            watched.append(pollfd(fd: socket, events: events, revents: 0))
        }
        let count = poll(&watched, nfds_t(watched.count), desk.patience())
        if count > 0, watched[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            _ = recv(wakeup, &bytes, bytes.count, 0)
        }
        let ready = watched.dropFirst().filter { $0.revents != 0 }
        desk.process(ready.map { ($0.fd, $0.revents) })
    }
}

private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
