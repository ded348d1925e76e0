import TestPrograms
import Testing

/// Who plays in a call, and how each reaches the proxy.
struct Cast: CustomTestStringConvertible, Sendable {
    let caller: PhoneKind
    let callerPlace: Place
    let callee: PhoneKind
    let calleePlace: Place
    let third: PhoneKind
    let thirdPlace: Place

    init(
        _ caller: PhoneKind, _ callerPlace: Place, _ callee: PhoneKind, _ calleePlace: Place,
        _ third: PhoneKind,
        _ thirdPlace: Place
    ) {
        self.caller = caller
        self.callerPlace = callerPlace
        self.callee = callee
        self.calleePlace = calleePlace
        self.third = third
        self.thirdPlace = thirdPlace
    }

    var testDescription: String {
        "\(caller) \(callerPlace) calls \(callee) \(calleePlace), third \(third) \(thirdPlace)"
    }

    static let mixed = [
        Cast(.baresip, .udp, .pjsua, .udp, .pjsua, .tls),
        Cast(.pjsua, .tcp, .baresip, .udp, .pjsua, .udp),
        Cast(.baresip, .tls, .pjsua, .tcp, .baresip, .udp),
        Cast(.pjsua, .udp, .baresip, .tls, .baresip, .tcp),
        Cast(.baresip, .tcp, .pjsua, .tls, .baresip, .tls),
        Cast(.pjsua, .tls, .baresip, .tcp, .baresip, .udp),
    ]
    static let baresip = [
        Cast(.baresip, .udp6, .baresip, .tcp6, .baresip, .tls6),
        Cast(.baresip, .tls6, .baresip, .udp6, .baresip, .tcp6),
    ]
    static let pjsua = [
        Cast(.pjsua, .udp, .pjsua, .tls, .pjsua, .tcp),
        Cast(.pjsua, .tcp, .pjsua, .udp, .pjsua, .tls),
    ]
}

@Suite("real phones", .onOwnThread)
struct PhoneCallTests {
    @Test(
        "baresip and PJSUA register with MD5, call, hold, transfer, cancel and refuse across transports",
        .enabled(
            if: Baresip.isInstalled && PJSUA.isInstalled,
            "missing: apt-get install baresip-core; Scripts/install-wheels pjsua2-python"),
        arguments: Cast.mixed)
    func mixed(_ cast: Cast) throws {
        try PhoneSite().run { try play(cast, at: $0) }
    }

    @Test(
        "baresip does so over IPv6",
        .enabled(if: Baresip.isInstalled, "missing: apt-get install baresip-core"),
        arguments: Cast.baresip)
    func overIPv6(_ cast: Cast) throws {
        try PhoneSite().run { try play(cast, at: $0) }
    }

    @Test(
        "PJSUA does so with SHA-256",
        .enabled(if: PJSUA.isInstalled, "missing: Scripts/install-wheels pjsua2-python"),
        arguments: Cast.pjsua)
    func sha256(_ cast: Cast) throws {
        try PhoneSite(["SIPD_AUTHENTICATION_ALGORITHMS": "SHA-256"]).run { try play(cast, at: $0) }
    }

    @Test(
        "a phone on IPv4 is reached from IPv6, and itself refuses media of the other family",
        .enabled(if: Baresip.isInstalled, "missing: apt-get install baresip-core"))
    func acrossFamilies() throws {
        try PhoneSite().run { site in
            let alice = try Baresip(0, at: .udp6, of: site)
            let bob = try Baresip(1, at: .tcp, of: site)
            for phone in [alice, bob] { try phone.waitUntilRegistered() }
            try alice.call(bob.address)
            #expect(try alice.waitUntilOver() == 488)
        }
    }

    private func play(_ cast: Cast, at site: PhoneSite) throws {
        let alice = try site.phone(0, cast.caller, at: cast.callerPlace)
        let bob = try site.phone(1, cast.callee, at: cast.calleePlace)
        let carol = try site.phone(2, cast.third, at: cast.thirdPlace)
        for phone in [alice, bob, carol] { try phone.waitUntilRegistered() }
        try callHoldAndTransfer(alice, bob, carol)
        try cancel(alice, bob)
        try refuse(alice, bob)
    }

    private func callHoldAndTransfer(
        _ alice: any Phone, _ bob: any Phone, _ carol: any Phone
    ) throws {
        try alice.call(bob.address)
        try bob.waitUntilCalled()
        try alice.waitUntilItRings()
        try bob.answer()
        try alice.waitUntilTalking()
        try bob.waitUntilTalking()
        // One holds the other, and the other way round.
        for (holder, held) in [(alice, bob), (bob, alice)] {
            try holder.hold()
            try held.waitUntilChanged(.held)
            try holder.resume()
            try held.waitUntilChanged(.resumed)
        }
        try alice.transfer(to: carol.address)
        try carol.waitUntilCalled()
        try carol.answer()
        try carol.waitUntilTalking()
        try bob.waitUntilTalking()
        try alice.waitUntilTransferred()
        try bob.waitUntilOver()
        try carol.hangUp()
        try carol.waitUntilOver()
        try bob.waitUntilOver()
    }

    private func cancel(_ alice: any Phone, _ bob: any Phone) throws {
        try alice.call(bob.address)
        try bob.waitUntilCalled()
        try alice.waitUntilItRings()
        try alice.hangUp()
        try bob.waitUntilOver()
        try alice.waitUntilOver()
    }

    private func refuse(_ alice: any Phone, _ bob: any Phone) throws {
        try alice.call(bob.address)
        try bob.waitUntilCalled()
        try alice.waitUntilItRings()
        try bob.refuse()
        #expect(try alice.waitUntilOver() == 486)
    }
}
