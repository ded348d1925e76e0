import SIPProxy

extension Settings {
    /// What is borne from one source.
    package struct Flood: Equatable, Sendable {
        /// false: anything is borne, and nobody is banned.
        package var isOn = true
        /// Requests a second; 0: any number.
        package var rate = 500
        package var burst = 5_000
        /// Failed logins until a ban; 0: nobody is banned.
        package var failedLogins = 20
        /// Seconds.
        package var ban = 60
        package var longestBan = 3_600
        package var memory = 3_600
        package var exemptsLoopback = true
        package var scanners = FloodSettings().scanners

        package init() {}
    }

    /// nil: it is off.
    var floodSettings: FloodSettings? {
        guard flood.isOn else { return nil }
        var own = FloodSettings()
        own.rate = flood.rate == 0 ? nil : flood.rate
        own.burst = flood.burst
        own.failedLogins = flood.failedLogins == 0 ? nil : flood.failedLogins
        own.firstBan = .seconds(flood.ban)
        own.longestBan = .seconds(flood.longestBan)
        own.memory = .seconds(flood.memory)
        own.exemptsLoopback = flood.exemptsLoopback
        own.scanners = flood.scanners
        return own
    }
}
