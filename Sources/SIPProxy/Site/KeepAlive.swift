/// How the mappings of NATs are kept alive that phones registered through over UDP: something is sent to each from time to time, from
/// the socket that it registered at.
public struct KeepAlive: Hashable, Sendable {
    /// What is sent.
    public enum Way: Hashable, Sendable {
        /// Nothing: the phones see to it themselves.
        case none
        /// Two line ends (RFC 5626 3.5.1), which phones ignore. It costs least, and keeps a mapping alive where the NAT counts what comes
        /// from outside.
        case crlf
        /// OPTIONS (RFC 3261 11.1), which a phone answers: that keeps any mapping alive, and says whether the phone is there.
        case options
    }

    /// What is sent.
    public var way: Way
    /// The time between two, spread over all phones; at least a second. NATs forget UDP after 30 s, some after 20 (RFC 4787 4.3 asks for
    /// two minutes).
    public var interval: Duration
    /// After so many OPTIONS in a row without any answer the binding is removed, 1 and up; nil: never.
    public var maximumSilence: Int?

    /// - Parameters:
    ///   - way: what is sent.
    ///   - interval: the time between two.
    ///   - maximumSilence: after so many OPTIONS without an answer a binding is removed; nil: never.
    public init(
        _ way: Way = .options, interval: Duration = .seconds(15), maximumSilence: Int? = nil
    ) {
        self.way = way
        self.interval = interval
        self.maximumSilence = maximumSilence
    }
}
