import Foundation
import SIPProxy

/// An office: its people call each other by extension; some may also call the rest of the world, through a gateway.
struct Office: Router {
    let staff: Staff
    let phones: LocationService
    let domain = "office.example"
    let gateway = "pstn.example"

    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 10)
        if request.method != .register { request.recordRoute() }
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        if request.method == .ack { return .drop }
        if request.trustedPeer != nil { return try await ring(&request) }  // the gateway's calls

        let caller = try await request.authenticate(against: staff)  // or 401, 407
        request.consumeCredentials()
        if request.method == .register {
            return try await phones.save(request, for: caller.owning(request.to))  // or 403
        }
        _ = try caller.owning(request.from)  // or 403
        guard let number = outsideNumber(request.uri) else { return try await ring(&request) }
        guard try await staff.mayCallOutside(caller.username) else {
            throw Rejection(.forbidden, "No Outside Calls")
        }
        request.uri = try URI("sip:\(number)@\(gateway)")
        return .relay(for: caller)
    }

    /// To a colleague's phones, all at once, by name or by extension.
    private func ring(_ request: inout RoutedRequest) async throws -> Action {
        guard request.isForUs else { throw Rejection(.forbidden) }
        if let user = request.uri.sip?.user, let name = try await staff.name(at: user) {
            request.uri = try URI("sip:\(name)@\(domain)")
        }
        let contacts = try await request.contacts(in: phones)
        guard !contacts.isEmpty else { throw Rejection(.temporarilyUnavailable) }
        return .relay(to: contacts)
    }

    /// The number behind the 0 that gets an outside line; nil for anything else.
    private func outsideNumber(_ uri: URI) -> String? {
        guard let digits = uri.sip?.user.map({ String($0) }), digits.count > 4,
            digits.hasPrefix("0"), digits.allSatisfy(\.isNumber)
        else { return nil }
        return String(digits.dropFirst())
    }
}

@main struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let staff = try Staff(path: environment["DATABASE"] ?? "office.sqlite")
        var settings = ProxySettings(
            listen: [.udp(port: environment["PORT"].flatMap(UInt16.init) ?? 5060)],
            domains: ["office.example"])
        settings.trustedPeers = environment["GATEWAY"].flatMap { IPAddress($0) }.map { [$0] } ?? []
        let proxy = Proxy(settings, router: Office(staff: staff, phones: LocationService()))
        try await proxy.run()
    }
}
