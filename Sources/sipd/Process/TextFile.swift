import Glibc

/// A file's text, for settings and imports.
package enum TextFile {
    /// Reads it whole; `-` is standard input.
    ///
    /// - Throws: `Failure` that says why it can't be read, or that it is no UTF-8.
    package static func read(_ path: String, noun: String) throws(Failure) -> String {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, noun) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, noun) }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.data, "the \(noun) \(path) is no UTF-8 text")
        }
        return text
    }

    /// Whether there is a file of that name.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func unreadable(_ path: String, _ noun: String) -> Failure {
        Failure(.noInput, "can not read the \(noun) \(path): \(SystemError.text)")
    }
}
