package import CSpawn
package import Foundation
import Glibc

/// A process of our own, its output read as it comes.
///
/// Every wait has a deadline and ends with the event that it waits for: a line, the end of the output, which is the
/// process's end. Nothing here guesses how long something takes.
package final class ChildProcess {
    package enum Output: Int {
        case standard = 0
        case error = 1
    }

    /// What became of it.
    package enum End: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    package struct Trouble: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let pid: pid_t
    /// What has come so far.
    package private(set) var text = [Data(), Data()]
    private var input: Int32?
    private var descriptors: [Int32?]
    private var linesRead = [0, 0]
    private var end: End?

    /// Starts it with nothing on standard input, or with what stands in a file.
    ///
    /// - Parameter input: nil: what ``say(_:)`` says.
    package init(
        _ path: String, _ arguments: [String], input: String? = "/dev/null",
        environment: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var talk: (child: Int32, own: Int32)?
        if let input {
            posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        } else {
            // A socket: writing to who has ended is no signal.
            var pair: [Int32] = [0, 0]
            let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
            guard socketpair(AF_UNIX, Int32(kind), 0, &pair) == 0 else {
                throw Trouble(description: "no socket")
            }
            let ends = (child: pair[0], own: pair[1])
            posix_spawn_file_actions_adddup2(&actions, ends.child, 0)
            talk = ends
        }
        var ends: [(child: Int32, own: Int32)] = []
        for target: Int32 in [1, 2] {
            ends.append(try Self.makePipe())
            posix_spawn_file_actions_adddup2(&actions, ends[ends.count - 1].child, target)
        }
        // Nothing else that is open here: Foundation's pipes go on to every child, and their end would not be seen
        // while it lives.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        // The test runner's threads block signals that a child must get.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own, so that what it has started ends with it.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SIPD_") }
        let variables = inherited.merging(environment) { _, new in new }.map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let result = withCStrings([path] + arguments) { arguments in
            withCStrings(variables) { variables in
                posix_spawnp(&pid, path, &actions, &attributes, arguments, variables)
            }
        }
        for end in ends { close(end.child) }
        if let talk { close(talk.child) }
        self.input = talk?.own
        self.pid = pid
        descriptors = ends.map(\.own)
        guard result == 0 else {
            throw Trouble(description: "can't start \(path): \(String(cString: strerror(result)))")
        }
    }

    deinit {
        // 0 where it could not be started.
        if end == nil, pid > 0 {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        for case let descriptor? in descriptors + [input] { close(descriptor) }
    }

    /// Large: a program that writes a log while nobody reads must not have to wait.
    private static func makePipe() throws -> (child: Int32, own: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Trouble(description: "no pipe") }
        let setSize: Int32 = 1031  // F_SETPIPE_SZ, which glibc shows to few
        _ = fcntl(ends[0], setSize, 1 << 20)
        return (ends[1], ends[0])
    }

    /// Writes a line to its standard input.
    package func say(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        guard let input,
            send(input, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        else {
            throw Trouble(description: "it does not listen to: \(line)")
        }
    }

    /// Ends its standard input.
    package func endInput() {
        if let input { close(input) }
        input = nil
    }

    package func signal(_ number: Int32) { kill(pid, number) }

    /// The next line of an output that fits.
    ///
    /// - Throws: `Trouble` when the output ends or the deadline passes before it came.
    @discardableResult
    package func line(
        of output: Output, within seconds: Double = 30, where fits: (String) -> Bool
    ) throws -> String {
        let deadline = Deadline(seconds)
        while true {
            while let line = nextLine(of: output) {
                if fits(line) { return line }
            }
            guard descriptors[output.rawValue] != nil else {
                throw Trouble(description: "ended without the line awaited; it wrote: \(written)")
            }
            try read(until: deadline)
        }
    }

    /// Reads until it has ended.
    ///
    /// - Throws: `Trouble` when the deadline passes first.
    @discardableResult
    package func wait(within seconds: Double = 30) throws -> End {
        if let end { return end }
        let deadline = Deadline(seconds)
        while descriptors.contains(where: { $0 != nil }) { try read(until: deadline) }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid else { throw Trouble(description: "no such child") }
        let number = status & 0x7F
        let end = number == 0 ? End.exit(status >> 8 & 0xFF) : End.signal(number)
        self.end = end
        return end
    }

    package func written(to output: Output) -> String {
        String(decoding: text[output.rawValue], as: UTF8.self)
    }

    private var written: String { written(to: .standard) + written(to: .error) }

    private func nextLine(of output: Output) -> String? {
        let rest = text[output.rawValue].dropFirst(linesRead[output.rawValue])
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        linesRead[output.rawValue] = end + 1
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// Waits for output and takes what is there.
    private func read(until deadline: Deadline) throws {
        let open = descriptors.indices.filter { descriptors[$0] != nil }
        var polled = open.map {
            pollfd(fd: descriptors[$0] ?? -1, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&polled, nfds_t(polled.count), deadline.milliseconds) > 0 else {
            throw Trouble(description: "nothing came in time; it wrote: \(written)")
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        for (index, entry) in zip(open, polled) where entry.revents != 0 {
            let count = Glibc.read(entry.fd, &chunk, chunk.count)
            if count > 0 {
                text[index] += chunk[..<count]
            } else {
                close(entry.fd)
                descriptors[index] = nil
            }
        }
    }
}

/// A moment that a wait must not pass.
package struct Deadline {
    private let moment: ContinuousClock.Instant

    package init(_ seconds: Double) { moment = .now + .seconds(seconds) }

    /// What is left, for poll(2).
    package var milliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: moment) / .milliseconds(1)
        return Int32(max(0, min(left, 600_000)))
    }

    package var hasPassed: Bool { ContinuousClock.now >= moment }
}

/// Calls with a NULL-ended array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
