// What an operator sees and says, on the clock of the process.
extension Gateways {
    /// All gateways as they are now, in the order of their groups.
    public var status: [GatewayStatus] { status(at: Clock.instant) }

    /// Takes gateways out of use, or back into it: one that is back counts as up until probes or calls show otherwise.
    ///
    /// - Parameters:
    ///   - group: its name.
    ///   - uri: which one, as it is written; nil: all of the group.
    /// - Returns: how many there are; 0 when there is no such.
    @discardableResult
    public func set(isEnabled: Bool, in group: String, _ uri: String? = nil) -> Int {
        set(isEnabled: isEnabled, in: group, uri, at: Clock.instant)
    }

    /// Has gateways probed at once, and not when it is their turn.
    ///
    /// - Parameters:
    ///   - group: its name.
    ///   - uri: which one, as it is written; nil: all of the group.
    /// - Returns: how many there are; 0 also for a group that is not probed.
    @discardableResult
    public func probe(in group: String, _ uri: String? = nil) -> Int {
        probe(in: group, uri, at: Clock.instant)
    }
}
