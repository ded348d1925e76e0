import TestPrograms
import Testing

@Suite(
    "a browser", .onOwnThread,
    .enabled(
        if: Browser.isInstalled && Baresip.isInstalled && PJSUA.isInstalled,
        """
        missing: apt-get install chromium baresip-core; \
        Scripts/install-wheels odoo-addon-voip-oca pjsua2-python
        """))
struct BrowserTests {
    @Test(
        "with SIP.js over secure WebSocket calls a UDP phone, and is called by it",
        arguments: [PhoneKind.baresip, .pjsua])
    func calls(_ kind: PhoneKind) throws {
        try PhoneSite().run { site in
            let bob = try site.phone(1, kind, at: .udp)
            try bob.waitUntilRegistered()
            let alice = try Browser(0, calling: bob, at: site)
            try alice.wait(for: "Registered")
            try bob.waitUntilCalled()
            try bob.answer()
            try alice.wait(for: "Established")
            try bob.waitUntilTalking()
            try bob.hangUp()
            try alice.wait(for: "Terminated")
            try bob.waitUntilOver()

            try bob.call("sip:user0@voice.test")
            try alice.wait(for: "called")
            try bob.waitUntilTalking()
            try bob.waitUntilOver()
            try alice.wait(for: "done")
            try alice.close()
        }
    }
}
