import SIPCore
import SIPLocation
import SIPProxy

/// Where a user is, among 10,000: the address of record of a Request-URI, the table, the contact's URI.
struct LookUpBenchmark: Benchmark {
    private let location: LocationService
    private let site: Site
    private let uris: [URI]
    private var sum = 0

    init() async throws {
        location = try await World.location(phones: 10_000)
        site = try World.site()
        uris = try (0..<Inputs.count).map {
            try URI(ByteSlice("sip:\(Phone($0 * 19).user)@\(Inputs.domain)"))
        }
    }

    func prepare(_ stage: Int, pass: Int) {}

    mutating func run(_ stage: Int) async throws {
        for uri in uris {
            guard let address = site.addressOfRecord(uri) else { throw Unexpected("no address") }
            let bindings = try await location.bindings(of: address, at: World.time)
            guard bindings.count == 1 else { throw Unexpected("\(bindings)") }
            sum &+= try URI(bindings[0].uri).text.count
        }
    }
}
