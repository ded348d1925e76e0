import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTransaction

/// The proxy that everything is measured on: one listener, one domain, keys and clocks that never change.
enum World {
    static let time = UnixTime(seconds: 1_800_000_000)
    static let hashKey = HashKey(3, 4)
    static let realm = ByteSlice(Inputs.domain)

    static func site(trustsPhones: Bool = false) throws -> Site {
        let address = IPAddress.v4(0xC000_0201)  // 192.0.2.1
        var settings = DigestAuthenticator.Settings()
        settings.algorithms = [.md5]
        let responsibility = Responsibility(
            listeners: [
                Listener(
                    bound: Endpoint(.udp, address, port: 5060), advertisedHost: "192.0.2.1",
                    advertisedPort: 5060)
            ],
            addresses: [address], domains: [try Host(ByteSlice(Inputs.domain))])
        return Site(
            responsibility,
            digest: try DigestAuthenticator(
                key: Array(repeating: 1, count: 32), settings: settings),
            signature: DialogSignature(key: HashKey(1, 2)),
            trustedPeers: trustsPhones
                ? Set((0..<2 * Inputs.count).map { Phone($0).endpoint.address }) : [])
    }

    /// The accounts of all phones, behind the cache that a database has in front of it.
    static func subscribers() throws -> CachedSubscribers<FixedSubscribers> {
        let accounts = try (0..<Inputs.count).map { index in
            let phone = Phone(index)
            let ha1 = try Digest.ha1(
                username: phone.user, realm: Inputs.domain, password: phone.password,
                algorithm: .md5)
            return Subscriber(
                username: phone.user, domain: Inputs.domain, secret: .ha1(HA1(md5: ha1)))
        }
        return CachedSubscribers(FixedSubscribers(accounts), clock: { .zero })
    }

    /// A location service where so many phones are registered.
    static func location(phones: Int) async throws -> LocationService {
        let location = LocationService(epoch: 1)
        for index in 0..<phones {
            let phone = Phone(index)
            var registration = Registration(
                .list([.init(uri: ByteSlice("sip:\(phone.user)@\(phone.host):\(phone.port)"))]),
                callID: ByteSlice("\(index)@\(phone.host)"), cseq: 1, expires: 3600)
            registration.userAgent = "Desk 4.2.1"
            _ = try await location.register(registration, for: address(of: phone), at: time)
        }
        return location
    }

    static func address(of phone: Phone) -> AddressOfRecord {
        AddressOfRecord(user: ByteSlice(phone.user), host: ByteSlice(Inputs.domain))
    }

    /// A request that is known to be one.
    static func request(_ bytes: [UInt8]) throws -> SIPRequest {
        guard case .request(let request) = try SIPMessage(bytes) else {
            throw Unexpected("a response")
        }
        return request
    }
}

extension Phone {
    /// The line that answers a challenge.
    func credentials(
        _ method: String, uri: String, nonce: ByteSlice, header: String, count: UInt32
    ) throws -> String {
        let nonceCount = String(UInt64(count) + 0x1_0000_0000, radix: 16).dropFirst()
        let cnonce = "0a4f113b\(user)"
        let input = DigestInput(
            algorithm: .md5, username: ByteSlice(user), realm: World.realm, nonce: nonce,
            method: ByteSlice(method), uri: ByteSlice(uri), qop: .auth,
            nonceCount: ByteSlice(String(nonceCount)), cnonce: ByteSlice(cnonce))
        let response = String(
            decoding: try Digest.response(input, password: password), as: UTF8.self)
        return "\(header): Digest username=\"\(user)\", realm=\"\(Inputs.domain)\", "
            + "nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(response)\", algorithm=MD5, "
            + "cnonce=\"\(cnonce)\", qop=auth, nc=\(nonceCount)"
    }
}
