import Glibc

/// The secret key for nonces and Record-Route signatures. It outlives the process, so that a restart goes unnoticed:
/// a nonce given before it is good after it, and so is a dialog's route.
///
/// The file holds 96 hexadecimal digits and is readable by its owner alone.
package enum KeyFile {
    package static let length = 48

    /// Reads the key, or makes a file with a random one.
    ///
    /// - Throws: `Failure` when the file is unreadable, readable by others, or holds something else.
    package static func load(path: String) throws(Failure) -> [UInt8] {
        for _ in 0..<2 {
            if let key = try read(path) { return key }
            if let key = try make(path) { return key }
            // Another process made it between the two: read that one.
        }
        throw Failure(
            .cantCreate, "the key file \(path) comes and goes: name another with key_file")
    }

    /// nil when there is no file.
    private static func read(_ path: String) throws(Failure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure(
                .noPermission, "can not read the key file \(path): \(SystemError.text)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Failure(
                .noPermission, "can not read the key file \(path): \(SystemError.text)")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(
                .noPermission, "others can read the key file \(path): run chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: 2 * length + 2)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, let key = parse(bytes.prefix(count)) else {
            throw Failure(
                .data,
                "the key file \(path) does not hold \(2 * length) hexadecimal digits: "
                    + "restore it, or remove it to have a new one made")
        }
        return key
    }

    /// nil when somebody else made it in the meantime. The file appears whole: it is written beside and then linked.
    private static func make(_ path: String) throws(Failure) -> [UInt8]? {
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                .cantCreate, "can not write the key file \(path): \(SystemError.text)")
        }
        defer {
            close(descriptor)
            unlink(draft)
        }
        var random = SystemRandomNumberGenerator()
        let key = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        var text: [UInt8] = []
        for byte in key { text += [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]] }
        text.append(0x0A)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw Failure(
                .cantCreate, "can not write the key file \(path): \(SystemError.text)")
        }
        guard link(draft, path) == 0 else {
            if errno == EEXIST { return nil }
            throw Failure(
                .cantCreate, "can not write the key file \(path): \(SystemError.text)")
        }
        return key
    }

    /// The digits with at most one line end behind them.
    package static func parse(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        var digits = Array(text)
        if digits.last == 0x0A { digits.removeLast() }
        let values = digits.compactMap { digit in
            hexDigits.firstIndex(of: digit >= 0x41 && digit <= 0x46 ? digit | 0x20 : digit)
        }
        guard digits.count == 2 * length, values.count == digits.count else { return nil }
        return (0..<length).map { UInt8(values[2 * $0] << 4 | values[2 * $0 + 1]) }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
