// A registrar and proxy for one domain: who wants to register or call must have an account.

import SIPProxy

let users = FixedSubscribers([
    Subscriber(username: "alice", domain: "voice.example", secret: .password("wonderland"))
])
let phones = LocationService()

let proxy = Proxy(listening: [.udp(port: 5060)], domains: ["voice.example"]) { request in
    try request.limitHops(to: 10)
    if request.method != .register { request.recordRoute() }
    if let dialog = try request.followRoute() { return .relay(in: dialog) }
    if request.method == .ack { return .drop }
    let caller = try await request.authenticate(against: users)
    if request.method == .register {
        return try await phones.save(request, for: caller.owning(request.to))
    }
    _ = try caller.owning(request.from)
    request.consumeCredentials()
    guard request.isForUs else { return .relay(for: caller) }
    return .relay(to: try await request.contacts(in: phones))
}
try await proxy.run()
