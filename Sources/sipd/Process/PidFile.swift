import Glibc

/// The file that holds this process's number while it runs, locked so that a second `sipd` notices.
///
/// The lock, not the number, says whether somebody runs: a number left behind by kill -9 harms nobody.
package struct PidFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Makes or takes over the file.
    ///
    /// - Throws: `Failure` when another process holds it, or it can't be written.
    package init(path: String) throws(Failure) {
        let descriptor = try Self.locked(path)
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0,
            text.withCString({ write(descriptor, $0, strlen($0)) }) == text.utf8.count
        else {
            let reason = SystemError.text
            close(descriptor)
            throw Failure(.cantCreate, "can not write the pid file \(path): \(reason)")
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Removes the file and lets go of the lock; once, at the end.
    package func remove() {
        // Removed before the lock goes, so that nobody's new file is removed.
        unlink(path)
        close(descriptor)
    }

    /// An open, locked file that is still the one at `path`: its last holder may have removed it while we waited.
    private static func locked(_ path: String) throws(Failure) -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw Failure(
                    .cantCreate, "can not write the pid file \(path): \(SystemError.text)")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw Failure(
                    .unavailable,
                    "another sipd holds the pid file \(path): "
                        + "stop it first, or name another file with --pid-file")
            }
            var ours = stat()
            var there = stat()
            if fstat(descriptor, &ours) == 0, stat(path, &there) == 0, ours.st_ino == there.st_ino,
                ours.st_dev == there.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
    }
}
