import Glibc
public import NIOCore
public import NIOPosix
public import SIPCore
import Synchronization

/// The system's own resolver (getaddrinfo), asked on threads of its own, since it blocks.
public struct SystemResolver: Resolver {
    private let threads: NIOThreadPool
    private let timers: any EventLoop
    private let deadline: TimeAmount
    private let limit: Int
    private let waiting = Count()

    /// - Parameters:
    ///   - threads: what the questions block; it must run, and stays the caller's to stop.
    ///   - timers: the loop that keeps the deadline.
    ///   - deadline: how long an answer is waited for.
    ///   - limit: how many questions may wait for a thread or an answer; further ones fail as
    ///     ``ResolutionError/busy``.
    public init(
        threads: NIOThreadPool, timers: any EventLoop, deadline: TimeAmount = .seconds(5),
        limit: Int = 1024
    ) {
        self.threads = threads
        self.timers = timers
        self.deadline = deadline
        self.limit = limit
    }

    public func addresses(of host: ByteSlice) async throws(ResolutionError) -> [IPAddress] {
        if let address = IPAddress(host) { return [address] }
        // A name of the DNS has 253 bytes at most; a NUL would cut it.
        guard !host.isEmpty, host.count <= 253, !host.contains(0) else { throw .notFound }
        return try await ask(String(host)).get()
    }

    private func ask(_ name: String) async -> Result<[IPAddress], ResolutionError> {
        guard waiting.raise(upTo: limit) else { return .failure(.busy) }
        return await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            let timeout = timers.scheduleTask(in: deadline) { answer.give(.failure(.timedOut)) }
            threads.submit { state in
                waiting.lower()
                // Nobody waits any more for what waited too long for a thread.
                guard state == .active, answer.isAwaited else {
                    answer.give(.failure(.failed("the resolver's threads have stopped")))
                    return
                }
                answer.give(Self.look(up: name))
                timeout.cancel()
            }
        }
    }

    private static func look(up name: String) -> Result<[IPAddress], ResolutionError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            // EAI_NODATA is -5; the C library shows it only with GNU extensions.
            return code == EAI_NONAME || code == -5
                ? .failure(.notFound) : .failure(.failed(String(cString: gai_strerror(code))))
        }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = IPAddress(entry), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(.notFound) : .success(addresses)
    }
}

extension IPAddress {
    fileprivate init?(_ entry: addrinfo) {
        let room = UnsafeRawPointer(entry.ai_addr)
        // The family says which structure is there, and the length that all of it is.
        switch (entry.ai_family, Int(entry.ai_addrlen)) {
        case (AF_INET, MemoryLayout<sockaddr_in>.size...):
            guard let address = room?.loadUnaligned(as: sockaddr_in.self) else { return nil }
            self = Endpoint(.udp, address).address
        case (AF_INET6, MemoryLayout<sockaddr_in6>.size...):
            guard let address = room?.load(as: sockaddr_in6.self) else { return nil }
            self = Endpoint(.udp, address).address
        default: return nil
        }
    }
}

/// What is given once; the second answer is dropped.
private final class Answer: Sendable {
    private typealias Continuation = CheckedContinuation<
        Result<[IPAddress], ResolutionError>, Never
    >
    private let continuation: Mutex<Continuation?>

    init(_ continuation: CheckedContinuation<Result<[IPAddress], ResolutionError>, Never>) {
        self.continuation = Mutex(continuation)
    }

    var isAwaited: Bool { continuation.withLock { $0 != nil } }

    func give(_ result: Result<[IPAddress], ResolutionError>) {
        let waiting = continuation.withLock { continuation in
            let waiting = continuation
            continuation = nil
            return waiting
        }
        waiting?.resume(returning: result)
    }
}

/// How many wait.
private final class Count: Sendable {
    private let value = Mutex(0)

    /// False at the limit.
    func raise(upTo limit: Int) -> Bool {
        value.withLock { value in
            guard value < limit else { return false }
            value += 1
            return true
        }
    }

    func lower() { value.withLock { $0 -= 1 } }
}
