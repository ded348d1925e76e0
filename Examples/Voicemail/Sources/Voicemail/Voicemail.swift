import Foundation
import SIPProxy

/// A house whose calls end at a voicemail server when nobody takes them: busy, not answered within 20 s, no phone there.
///
/// The server learns from the Request-URI whose mailbox it is, and why the call comes (RFC 4458):
/// `sip:mailbox@mail.example;target=sip:bob%40voice.example;cause=486`.
struct Voicemail<Users: Subscribers>: Router {
    let users: Users
    let phones: LocationService
    /// The voicemail server, `host` or `host:port`.
    let server: String

    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 10)
        if request.method != .register { request.recordRoute() }
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        if request.method == .ack { return .drop }

        let caller = try await request.authenticate(against: users)  // or 401, 407
        request.consumeCredentials()
        if request.method == .register {
            return try await phones.save(request, for: caller.owning(request.to))  // or 403
        }
        _ = try caller.owning(request.from)  // or 403
        guard request.isForUs else { return .relay(for: caller) }

        let contacts = try await request.contacts(in: phones)
        guard request.method == .invite else { return .relay(to: contacts) }
        guard !contacts.isEmpty else { return try leaveMessage(for: request.uri, .notFound) }
        request.attachment = request.uri
        return .relay(to: contacts, ringing: .seconds(20))
    }

    /// All phones have refused or were silent. Whoever pressed "decline" (603) wants no message either.
    func failed(
        _ request: inout RoutedRequest, with best: BestResponse
    ) async throws -> Action {
        guard best.status == .busyHere || best.status == .requestTimeout,
            let callee = request.attachment as? URI
        else { return .reply(with: best) }
        // One try: when the server is down, the caller hears why it was asked.
        request.attachment = nil
        return try leaveMessage(for: callee, best.status)
    }

    private func leaveMessage(for callee: URI, _ cause: SIPStatus) throws -> Action {
        // What may stand in a user part may not all stand in a parameter: a `;` would begin the next one.
        let target = "\(callee)".addingPercentEncoding(withAllowedCharacters: Self.plain) ?? ""
        let mailbox = try URI("sip:mailbox@\(server);target=\(target);cause=\(cause.code)")
        // Anybody who got this far may leave a message, and the line above says where it goes.
        return .relay(to: .foreign(mailbox, unchecked: .anybodyToThisAddress))
    }

    private static var plain: CharacterSet {
        .alphanumerics.union(CharacterSet(charactersIn: ":.-_"))
    }
}

@main struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let users = FixedSubscribers(
            ["alice", "bob"].map {
                Subscriber(username: $0, domain: "voice.example", secret: .password("pass-\($0)"))
            })
        let proxy = Proxy(
            listening: [.udp(port: environment["PORT"].flatMap(UInt16.init) ?? 5060)],
            domains: ["voice.example"],
            router: Voicemail(
                users: users, phones: LocationService(),
                server: environment["MAIL"] ?? "127.0.0.1:5080"))
        try await proxy.run()
    }
}
