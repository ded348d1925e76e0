/// What libcrypto could not do.
public enum CryptographyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The library does not offer a function, by its configuration (as MD5 under FIPS) or its build.
    case unavailable(String)
    /// A function that is there failed: out of memory, most likely.
    case failed(String)
    /// A key of that many bytes is too short; 32 are asked for.
    case shortKey(Int)

    public var description: String {
        switch self {
        case .unavailable(let name): "libcrypto does not offer \(name)"
        case .failed(let name): "libcrypto failed in \(name)"
        case .shortKey(let count):
            "a key of \(count) bytes is too short: 32 random bytes are needed"
        }
    }
}
