import SIPProxy

extension Settings {
    /// Whether anything depends on which accounts are in which groups.
    var needsGroups: Bool { permissions.relayGroup != nil || callsOut }

    /// Whether numbers that no user has go to gateways.
    var callsOut: Bool { gateways.contains { $0.name == pstn.gateways } }

    /// What of gateways and floods no single value shows.
    func gatewayComplaints() -> [(paths: [String], text: String)] {
        var complaints: [(paths: [String], text: String)] = []
        var seen: Set<String> = []
        for group in gateways {
            if !seen.insert(group.name).inserted {
                complaints.append((["gateways"], "two groups are named '\(group.name)'"))
            }
            if Set(group.gateways.map(\.uri)).count < group.gateways.count {
                complaints.append((["gateways"], "group '\(group.name)' has a gateway twice"))
            }
            for gateway in group.gateways
            where group.isTrusted && gateway.uri.sip?.host.address == nil {
                complaints.append(
                    (
                        ["gateways"],
                        "\(gateway.uri) is trusted by its address, and has none: "
                            + "name its addresses in trusted_peers"
                    ))
            }
        }
        if pstn.gateways != PSTN().gateways, !callsOut {
            complaints.append((["pstn.gateways"], "gateways has no group '\(pstn.gateways)'"))
        }
        if flood.longestBan < flood.ban {
            complaints.append(
                (["flood.longest_ban", "flood.ban"], "longest_ban is shorter than ban"))
        }
        return complaints
    }
}
