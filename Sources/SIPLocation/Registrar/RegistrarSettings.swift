/// How a registrar chooses where RFC 3261 10.3 leaves the choice. Times are in seconds.
public struct RegistrarSettings: Hashable, Sendable {
    /// What happens when a REGISTER would leave more than ``maximumContacts`` bindings.
    public enum WhenFull: Hashable, Sendable {
        /// It is refused with 403.
        case refuse
        /// The bindings longest without a refresh give way.
        case replaceOldest
    }

    /// Shorter intervals are answered 423. An interval of an hour or more never is (10.3 step 7).
    public var minimumExpires: UInt32 = 60
    /// The interval of a contact that names none.
    public var defaultExpires: UInt32 = 3600
    /// Longer intervals are cut to it; nil for no limit.
    public var maximumExpires: UInt32? = 7200
    /// How many bindings an address of record may have, permanent ones not counted.
    public var maximumContacts = 10
    public var whenFull = WhenFull.refuse
    /// The most bytes that one binding's texts may have together; more is answered 413.
    public var maximumBindingSize = 8192

    /// What a REGISTER with a Path gets whose phone does not say that it supports one.
    public var path = PathMode.strict

    public init() {}
}

/// How a Path is treated that a phone does not say it supports (RFC 3327 sections 5.2 and 5.3).
public enum PathMode: Hashable, Sendable {
    /// It is refused: the phone could not know who has put himself between it and its registrar.
    case strict
    /// It is used all the same: few phones say `Supported: path`.
    case lax
}
