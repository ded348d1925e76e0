// A call through a route, without a socket, in a few hundred microseconds.

import SIPTesting

let accounts = ["alice", "bob"].map {
    Subscriber(username: $0, domain: "voice.test", secret: .password("pass-\($0)"))
}
let site = try VirtualSite(
    router: HomeRouter(
        subscribers: FixedSubscribers(accounts), location: LocationService()))

// A route is a function: what does it do with a stranger's INVITE?
let stranger = site.request("INVITE", "sip:bob@voice.test", from: "sip:eve@voice.test")
let outcome = await site.route(stranger)
assert(outcome == .reply(.proxyAuthenticationRequired))

// A site is a world: phones, a network that loses every tenth message, and a clock.
let (alice, bob) = (site.phone("alice"), site.phone("bob"))
bob.habit = .answers(after: .seconds(2))
site.network.conditions = .bad(0.1)
alice.register()
bob.register()
await site.run(for: .seconds(30))
let call = alice.call(bob)
await site.run(for: .seconds(30))
assert(call.state == .answered)
call.hangUp()
let leftovers = await site.finish()
assert(leftovers.isEmpty)
print(site.recorder.ladder(of: call))
