import SIPLocation
import Synchronization

/// The layout of the table of bindings as a connection found it, made once for each finding.
final class LocationLayouts: Sendable {
    private let settings: MariaDBSettings
    private let known = Mutex<LocationLayout?>(nil)

    init(_ settings: MariaDBSettings) { self.settings = settings }

    func layout(_ connection: Connection) throws -> LocationLayout {
        let table = try connection.table(settings.tables.location)
        if let layout = known.withLock({ $0 }), layout.table === table { return layout }
        let layout = try LocationLayout(table, settings)
        known.withLock { $0 = layout }
        return layout
    }
}
