// A bad day on the network, and what a call looked like.

import SIPTesting

let accounts = ["alice", "bob"].map {
    Subscriber(username: $0, domain: "voice.test", secret: .password("pass-\($0)"))
}
let site = try VirtualSite(
    router: HomeRouter(
        subscribers: FixedSubscribers(accounts), location: LocationService()))
let alice = site.phone("alice")
let bob = site.phone("bob", named: "bob at his desk")
let mobile = site.phone("bob", named: "bob on the road")
for phone in [alice, bob, mobile] { phone.register() }
await site.run(for: .seconds(1))

// Two phones ring; nobody is there, and the caller gives up.
bob.habit = .rings
mobile.habit = .rings
let call = alice.call(bob)
await site.run(for: .seconds(10))
call.cancel()
await site.run(for: .seconds(1))
assert(call.finalStatus == 487)

// A partition: the mobile is out of reach. Its call goes to the desk.
site.network.partition([mobile.endpoint])
bob.habit = .answers(after: .seconds(1))
let second = alice.call(bob)
await site.run(for: .seconds(3))
assert(second.state == .answered)
second.hangUp()
site.network.heal()

// A gateway is played by hand, message by message.
let gateway = site.host("gateway")
let answers = await gateway.ask(
    gateway.request("INVITE", "sip:bob@voice.test").with { $0.lines = ["Subject: lunch"] })
assert(answers.first?.status == 407)

// Nothing may be left when all time has run out.
let leftovers = await site.finish()
assert(leftovers.isEmpty)
print(site.recorder.ladder(of: call))
