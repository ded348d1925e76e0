import Foundation
import Hummingbird
import SIPProxy
import Synchronization

/// Accounts that the web page makes and the proxy asks for: two servers in one process share a value.
final class Accounts: Subscribers {
    private let passwords = Mutex<[String: String]>([:])

    func add(_ name: String, _ password: String) {
        passwords.withLock { $0[name] = password }
    }

    func subscriber(
        _ username: ByteSlice, domain: ByteSlice, freshness: Freshness
    ) async -> Subscriber? {
        let name = String(username)
        return passwords.withLock { $0[name] }.map {
            Subscriber(username: name, domain: "voice.example", secret: .password($0))
        }
    }
}

struct NewAccount: Decodable {
    let name: String
    let password: String
}

struct Status: ResponseCodable {
    let listening: [String]
    let transactions: Int
}

/// A web server and a SIP proxy, beside each other: they start and stop together, on the same event loops.
///
/// - Parameters:
///   - web: the port of the web server; 0 lets the system choose.
///   - sip: the port of the proxy.
///   - onRunning: is given the web server's port when that listens.
func application(
    web: Int, sip: UInt16, onRunning: @escaping @Sendable (Int) -> Void = { _ in }
) -> some ApplicationProtocol {
    let loops = EventLoopGroupProvider.singleton
    let accounts = Accounts()
    let phones = LocationService()
    let proxy = Proxy(
        ProxySettings(listen: [.udp(port: sip)], domains: ["voice.example"]),
        router: HomeRouter(subscribers: accounts, location: phones),
        eventLoopGroup: loops.eventLoopGroup)

    let router = Router()
    router.post("accounts") { request, context in
        let account = try await request.decode(as: NewAccount.self, context: context)
        accounts.add(account.name, account.password)
        return HTTPResponse.Status.created
    }
    router.get("status") { _, _ in
        Status(
            listening: proxy.addresses.map { "\($0)" }, transactions: proxy.load.transactions)
    }
    router.get("phones/:user") { _, context in
        let user = try context.parameters.require("user")
        let address = AddressOfRecord(user: ByteSlice(user), host: "voice.example")
        let now = UnixTime(seconds: Int64(Date().timeIntervalSince1970))
        return phones.current(of: address, at: now).map { String($0.uri) }
    }
    return Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: web)),
        services: [proxy], onServerRunning: { onRunning($0.localAddress?.port ?? 0) },
        eventLoopGroupProvider: loops)
}

@main struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let app = application(
            web: environment["WEB_PORT"].flatMap { Int($0) } ?? 8080,
            sip: environment["PORT"].flatMap { UInt16($0) } ?? 5060)
        try await app.runService()
    }
}
