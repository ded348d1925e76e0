// What a route reads, changes and keeps.

import SIPProxy
import Synchronization

final class Desk: Router {
    private let phones = LocationService()
    private let calls = Mutex<[String: Int]>([:])

    func route(_ request: inout RoutedRequest) async throws -> Action {
        // Every header in its type, or as it stands.
        if request.message.supported.contains("teleport") { throw Rejection(.badExtension) }
        let subject = request["Subject"].map { String($0) } ?? ""

        // Several tenants: which domain is called?
        guard let tenant = request.domain else { throw Rejection(.forbidden) }
        calls.withLock { $0[String(tenant), default: 0] += 1 }

        // What goes out different: for all copies, and for some. CR, LF and NUL are refused.
        try request.add("X-Tenant", String(tenant))
        request.remove("Subject")
        let contacts = try await request.contacts(in: phones)
        let desk = try await request.contacts(of: URI("sip:desk@voice.example"), in: phones)
        let marked = try desk.with("X-Subject", subject)

        // Of MESSAGE and OPTIONS nothing need be kept.
        guard request.method == .invite else { return .relay(to: contacts).stateless }
        // First those who were called, 15 s for each group, then the desk; a minute for all.
        return .relay(to: contacts.then(marked), ringing: .seconds(15), atMost: .seconds(60))
    }

    func responded(_ response: inout RoutedResponse) {
        response.remove("Server")
    }
}
