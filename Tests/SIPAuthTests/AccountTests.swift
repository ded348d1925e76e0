import SIPAuth
import SIPCore
import Testing

@Suite("an account") struct AccountTests {
    @Test(
        "shows its secret to nobody",
        arguments: [
            Secret.password("hunter2"), .ha1(HA1(md5: String(repeating: "ab", count: 16))),
        ])
    func secret(_ secret: Secret) {
        let account = Subscriber(username: "alice", domain: "voice.test", secret: secret)
        var dumped = ""
        dump(account, to: &dumped)
        dump(secret, to: &dumped)
        if case .ha1(let hashes) = secret { dump(hashes, to: &dumped) }
        let texts = [
            "\(secret)", String(reflecting: secret), "\(account)", String(reflecting: account),
            "\([account])", "\(Optional(secret) as Any)", dumped,
        ]
        for text in texts {
            #expect(!text.contains("hunter2") && !text.contains("abab") && !text.contains("97"))
        }
        #expect("\(account)" == "alice@voice.test")
    }

    @Test("is found in its domain, in any case", arguments: ["voice.test", "VOICE.Test"])
    func fixed(_ domain: String) async {
        let accounts = FixedSubscribers([Server.alice])
        let alice = await accounts.subscriber(
            "alice", domain: ByteSlice(domain), freshness: .cached)
        #expect(alice?.username == "alice")
        let other = await accounts.subscriber("alice", domain: "b.test", freshness: .cached)
        #expect(other == nil)
        let capital = await accounts.subscriber(
            "Alice", domain: ByteSlice(domain), freshness: .fresh)
        #expect(capital == nil)
    }

    @Test(
        "is named in many ways",
        arguments: [
            ("alice", "alice", "voice.test", Login.Form.user),
            ("", "", "voice.test", .user),
            ("alice@voice.test", "alice", "voice.test", .address),
            ("alice@VOICE.TEST", "alice", "voice.test", .address),
            ("alice@b.test", "alice", "b.test", .address),
            ("a@b@c.test", "a@b", "c.test", .address),
            ("alice@", "alice", "voice.test", .address),
            ("@b.test", "", "b.test", .address),
            ("sip:alice", "alice", "voice.test", .uri),
            ("SIPS:alice@b.test", "alice", "b.test", .uri),
            ("sip:100@kelowna.gloo.net:5060", "100", "kelowna.gloo.net", .uri),
            ("alice@[2001:db8::1]:5060", "alice", "[2001:db8::1]", .uri),
            ("alice@b.test;user=phone", "alice", "b.test", .uri),
            ("sip:", "", "voice.test", .uri),
            ("si", "si", "voice.test", .user),
        ])
    func login(_ row: (sent: String, user: String, domain: String, form: Login.Form)) {
        let login = Login(ByteSlice(row.sent), realm: "voice.test")
        #expect(String(login.username) == row.user)
        #expect(String(login.domain) == row.domain)
        #expect(login.form == row.form)
    }
}
