import SIPCore
package import SIPProxy

extension SettingsForm {
    /// A group of gateways: a table.
    package static var gatewayGroup: SettingsForm<GatewayGroup> {
        typealias Form = SettingsForm<GatewayGroup>
        return .table(
            "a group of gateways such as {name: pstn, to: [sip:192.0.2.10]}", GatewayGroup("", []),
            required: ["name", "to"],
            [
                Form.column("name", \.name, .group),
                Form.column("to", \.gateways, .list(of: .gateway, mayBeEmpty: false)),
                Form.column("distribution", \.distribution, .choice()),
                Form.column("request_uri", \.requestURI, .choice()),
                Form.column("trusted", \.isTrusted, .bool),
                Form.column("probe", \.probing, .probing),
                Form.column("call_failures", \.callFailures, .integer(1...1_000)),
                Form.column("pause", \.pause, .duration(.seconds(1) ... .seconds(3_600))),
            ])
    }

    /// A gateway: its URI, or a table with its weight and priority.
    package static var gateway: SettingsForm<Gateway> {
        let expects = "a gateway such as sip:192.0.2.10 or {uri: sip:192.0.2.10, weight: 2}"
        let uri = SettingsForm<URI>.gatewayURI
        // Its uri is required, so this one never stays.
        guard let none = try? URI("sip:gateway.invalid") else { return uri.map { Gateway($0) } }
        typealias Form = SettingsForm<Gateway>
        let table = Form.table(
            expects, Gateway(none), required: ["uri"],
            [
                Form.column("uri", \.uri, uri),
                Form.column("weight", \.weight, .number16),
                Form.column("priority", \.priority, .number16),
            ])
        return SettingsForm<Gateway>(expects: expects) { node, problems in
            if case .table = node.content { return table.read(node, &problems) }
            return uri.read(node, &problems).map { Gateway($0) }
        }
    }

    private static var gatewayURI: SettingsForm<URI> {
        .scalar("the URI of a gateway, such as sip:192.0.2.10 or sip:gw.example;transport=tcp") {
            text throws(Complaint) in
            let isClean = text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E
            }
            guard isClean, let uri = try? URI(text), let sip = uri.sip else { throw Complaint() }
            guard sip.user == nil else { throw Complaint("leave out the user and '@'") }
            guard sip.headers == nil else { throw Complaint("leave out what follows '?'") }
            return uri
        }
    }

    /// How gateways are probed: a table, or false.
    private static var probing: SettingsForm<GatewayGroup.Probing?> {
        typealias Form = SettingsForm<GatewayGroup.Probing>
        let expects = "how to probe, such as {interval: 30s}, or false"
        let table = Form.table(
            expects, GatewayGroup.Probing(), required: [],
            [
                Form.column("interval", \.interval, .duration(.seconds(1) ... .seconds(3_600))),
                Form.column("timeout", \.timeout, .duration(.milliseconds(100) ... .seconds(32))),
                Form.column("failures", \.failures, .integer(1...1_000)),
                Form.column("successes", \.successes, .integer(1...1_000)),
                Form.column("alive", \.alive, .list(of: .codes, mayBeEmpty: false)),
            ])
        return SettingsForm<GatewayGroup.Probing?>(expects: expects) { node, problems in
            if case .table = node.content { return table.read(node, &problems).map { .some($0) } }
            guard let isOn = SettingsForm<Bool>.bool.read(node, &problems) else { return nil }
            return .some(isOn ? GatewayGroup.Probing() : nil)
        }
    }

    /// Status codes: 404, 4xx or 200-299.
    private static var codes: SettingsForm<ClosedRange<UInt16>> {
        .scalar("status codes such as 2xx, 404 or 400-407") { text throws(Complaint) in
            if text.count == 3, text.hasSuffix("xx"), let hundreds = UInt16(text.prefix(1)),
                (2...6).contains(hundreds)
            {
                return hundreds * 100...hundreds * 100 + 99
            }
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
                UInt16($0) ?? 0
            }
            guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last,
                first >= 200, first <= last, last < 700
            else { throw Complaint() }
            return first...last
        }
    }

    private static var number16: SettingsForm<UInt16> {
        SettingsForm<Int>.integer(0...65_535).map { UInt16(clamping: $0) }
    }

    /// The same, with its value changed.
    private func map<Other>(_ change: @escaping @Sendable (Value) -> Other) -> SettingsForm<Other> {
        SettingsForm<Other>(expects: expects) { [read] node, problems in
            read(node, &problems).map(change)
        }
    }
}

extension GatewayGroup {
    fileprivate var requestURI: RequestURI {
        get { keepsRequestURI ? .kept : .gateway }
        set { keepsRequestURI = newValue == .kept }
    }
}

/// What a gateway finds in the request line.
private enum RequestURI: String, CaseIterable {
    /// The number at the gateway.
    case gateway
    /// What the caller wrote.
    case kept
}
