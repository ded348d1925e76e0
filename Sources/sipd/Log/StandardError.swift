import Glibc

/// Standard error, a line at a time.
package enum StandardError {
    /// Writes the whole text; what can't be written is lost, for there is nowhere to say so.
    package static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, rest.count > 0 {
                let written = Glibc.write(STDERR_FILENO, base, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }

    /// Whether a person may be looking: progress and colours are for terminals.
    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
