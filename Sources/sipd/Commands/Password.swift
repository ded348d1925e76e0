import Glibc

/// A password from a terminal, without echo and asked twice, or from a pipe: never from an argument, where `ps` and
/// the shell's history show it.
package enum Password {
    /// - Throws: `Failure` when nothing is typed, the two differ, or the password can't be used.
    package static func read(for account: AccountName) throws(Failure) -> String {
        let password: String
        if isatty(STDIN_FILENO) == 1 {
            password = try ask("Password for \(account): ")
            guard try ask("Again: ") == password else {
                throw Failure(.data, "the two passwords differ; nothing was changed")
            }
        } else {
            guard let line = readLine(strippingNewline: true) else {
                throw Failure(.data, "expected the password as one line on standard input")
            }
            password = line
        }
        if let complaint = complaint(password) { throw Failure(.data, complaint) }
        return password
    }

    /// Why it can't be used; nil when it can.
    package static func complaint(_ password: String) -> String? {
        if password.isEmpty { return "the password is empty" }
        if password.utf8.count > 255 { return "the password is longer than 255 bytes" }
        if password.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "the password holds a control character"
        }
        return nil
    }

    private static func ask(_ prompt: String) throws(Failure) -> String {
        StandardError.write(prompt)
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw Failure(.noInput, "can not read from the terminal: \(SystemError.text)")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        guard let line = readLine(strippingNewline: true) else {
            throw Failure(.data, "no password was typed; nothing was changed")
        }
        return line
    }
}
