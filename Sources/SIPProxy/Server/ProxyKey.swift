package import SIPCore

/// The secret of a site: nonces and Record-Routes are signed with it.
///
/// Who keeps it across a restart keeps the challenges and dialogs that phones hold; machines that share it accept each other's.
public struct ProxyKey: Sendable {
    /// How many bytes a key has: 32 for nonces, 16 for Record-Routes.
    public static let size = 48

    /// The key for nonces.
    package let nonces: [UInt8]
    /// The key for the signature in Record-Route.
    package let dialogs: HashKey

    /// A key from ``size`` random bytes; nil when there are fewer or more.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        nonces = Array(bytes[0..<32])
        func word(_ start: Int) -> UInt64 {
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        dialogs = HashKey(word(32), word(40))
    }

    /// A key that nobody else has: after a restart, phones are challenged anew and dialogs have to be set up again.
    public static func random() -> ProxyKey {
        var generator = SystemRandomNumberGenerator()
        return ProxyKey(
            nonces: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) },
            dialogs: HashKey(generator.next(), generator.next()))
    }

    private init(nonces: [UInt8], dialogs: HashKey) {
        self.nonces = nonces
        self.dialogs = dialogs
    }
}

extension ProxyKey: CustomStringConvertible, CustomReflectable {
    /// Nothing of the key.
    public var description: String { "ProxyKey(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
