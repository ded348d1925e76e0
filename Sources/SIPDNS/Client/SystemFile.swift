// `timespec` belongs to whichever C module was read first.
import CCares
import Glibc
import SIPCore

/// A file of the system that may change: looked at every few seconds, which costs a system call.
struct SystemFile {
    private let path: String
    private var seen: Mark?
    private var nextLook: Instant

    private static let interval = Duration.seconds(5)

    /// What tells one state of the file from another.
    private struct Mark: Equatable {
        let seconds: Int
        let nanoseconds: Int
        let size: Int
        let number: UInt
    }

    init(_ path: String, at now: Instant) {
        self.path = path
        seen = Self.mark(path)
        nextLook = now + Self.interval
    }

    /// Whether it is another one than when it was looked at last. A file that is gone has not changed: whoever writes it anew may be at it.
    mutating func hasChanged(at now: Instant) -> Bool {
        guard now >= nextLook else { return false }
        nextLook = now + Self.interval
        guard let mark = Self.mark(path), mark != seen else { return false }
        seen = mark
        return true
    }

    private static func mark(_ path: String) -> Mark? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Mark(
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
            size: Int(status.st_size), number: UInt(status.st_ino))
    }
}
