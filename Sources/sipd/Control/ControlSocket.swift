import Glibc
import Synchronization

/// The UNIX socket that commands reach a running `sipd` by: for its owner alone, and no two daemons on one.
package final class ControlSocket: Sendable {
    package let path: String
    /// It is bound and listens.
    let descriptor: Int32
    private let isOurs = Mutex(true)

    /// Takes the path. What a dead daemon left there is replaced; what a living one holds is not, nor is another file.
    ///
    /// - Throws: `Failure` that names the path and what to do.
    package init(path: String) throws(Failure) {
        let (folder, _) = UnixSocketAddress.split(path)
        let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw Self.unusable(path) }
        // Two that start together would each remove the other's. The folder is locked until the socket listens, since
        // before that it looks like one of the dead.
        defer { Glibc.close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw Self.unusable(path) }
        try Self.removeDead(path)

        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.unusable(path) }
        // The process's umask keeps others out from the first moment on; this takes the owner's right to execute.
        guard UnixSocketAddress.with(path, { bind(descriptor, $0, $1) }) == 0,
            chmod(path, 0o600) == 0, listen(descriptor, 64) == 0
        else {
            let failure = Self.unusable(path)
            Glibc.close(descriptor)
            throw failure
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Removes the file, the first time. To be called while it still listens: then nobody can have taken its place.
    package func remove() {
        isOurs.withLock { isOurs in
            if isOurs { unlink(path) }
            isOurs = false
        }
    }

    /// Stops listening; the file stays, as it does when a process is killed.
    package func close() { _ = Glibc.close(descriptor) }

    private static func removeDead(_ path: String) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw unusable(path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Failure(
                .cantCreate,
                "\(path) is no socket and was left alone: name another file with control:")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw unusable(path) }
        defer { Glibc.close(probe) }
        // A living one whose queue is full must not make us wait.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        let result = UnixSocketAddress.with(path) { connect(probe, $0, $1) }
        guard result != 0, errno != EAGAIN else {
            throw Failure(
                .unavailable,
                "the control socket \(path) is taken: another sipd runs; "
                    + "stop it first, or name another socket with control:")
        }
        guard errno == ECONNREFUSED, unlink(path) == 0 else { throw unusable(path) }
    }

    private static func unusable(_ path: String) -> Failure {
        Failure(
            errno == EACCES || errno == EPERM ? .noPermission : .cantCreate,
            "can not make the control socket \(path): \(SystemError.text)")
    }
}
