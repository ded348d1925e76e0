extension IPAddress {
    /// How far an address is known.
    package enum Scope: Sendable {
        /// This machine alone.
        case host
        /// One wire.
        case link
        /// Somebody's own network: others have the same addresses.
        case site
        case world
    }

    /// RFC 1122 3.2.1.3, RFC 3927, RFC 1918 and 6598 for IPv4; RFC 4291 2.4 and 4193 for IPv6.
    package var scope: Scope {
        switch self {
        case .v4(let bits):
            switch (bits >> 24, bits >> 20, bits >> 16) {
            case (127, _, _): .host
            case (_, _, 0xA9FE): .link
            case (10, _, _), (_, 0xAC1, _), (_, _, 0xC0A8): .site
            default: bits >> 22 == 0x6440 >> 6 ? .site : .world
            }
        case .v6(let high, let low):
            if high == 0, low == 1 {
                .host
            } else if high >> 54 == 0xFE80 >> 6 {
                .link
            } else {
                high >> 57 == 0xFC >> 1 ? .site : .world
            }
        }
    }
}
