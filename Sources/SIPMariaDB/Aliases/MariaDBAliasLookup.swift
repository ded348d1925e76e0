import SIPCore
import SIPLocation

/// Aliases asked for one by one, as mode 3 does; questions that wait at the same moment are asked together.
final class MariaDBAliasLookup: Sendable {
    private let gathering: Gathering<AddressOfRecord, [URI]>

    init(_ database: MariaDBDatabase) {
        let settings = database.settings
        gathering = Gathering(
            "look up an alias", on: database.lookups, limit: settings.maximumWaiting,
            batchSize: settings.batchSize
        ) { connection, addresses in
            let rows = try AliasRows(settings, of: addresses, connection)
            return addresses.map { address in
                let own =
                    settings.usesDomain
                    ? address
                    : AddressOfRecord(user: address.user, host: ByteSlice(settings.domain))
                // A target that is no URI counts as none: nothing could be sent there.
                return .success(
                    rows.entries.filter { $0.address == own }.compactMap { try? URI($0.target) })
            }
        }
    }

    func targets(of address: AddressOfRecord) async throws -> [URI] {
        try await gathering.answer(address)
    }
}
