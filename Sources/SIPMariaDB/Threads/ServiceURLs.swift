public import SIPLocation

/// Which database serves what: a URL for each service, or one for several.
///
/// The field writes `auth_db|uri_db|usrloc`: the names of the modules that a URL is for, joined by bars.
public struct ServiceURLs: Hashable, Sendable {
    public typealias Service = MariaDBDatabase.Service

    private var urls: [Service: DatabaseURL]

    /// One URL for all.
    public init(_ url: DatabaseURL) {
        urls = Dictionary(uniqueKeysWithValues: Service.allCases.map { ($0, url) })
    }

    /// A URL for each list of names, such as `auth_db|uri_db`.
    ///
    /// - Parameters:
    ///   - texts: URLs by the names that they are for; each service at most once.
    ///   - others: the URL of the services that are not named.
    /// - Throws: `StoreError` of kind `unusable`: an unknown name, a name twice, no URL.
    public init(_ texts: [String: String], others: DatabaseURL? = nil) throws(StoreError) {
        urls = others.map { ServiceURLs($0).urls } ?? [:]
        var named: Set<Service> = []
        for (names, text) in texts {
            let url = try DatabaseURL(text)
            for name in names.split(separator: "|", omittingEmptySubsequences: false) {
                guard let service = Service(rawValue: String(name)) else {
                    let known = Service.allCases.map(\.rawValue).joined(separator: ", ")
                    throw StoreError(
                        .unusable, "a database is for \(name), which is none of \(known)")
                }
                guard named.insert(service).inserted else {
                    throw StoreError(.unusable, "two databases are for \(name)")
                }
                urls[service] = url
            }
        }
    }

    /// Nil when no database is for this service.
    public subscript(service: Service) -> DatabaseURL? { urls[service] }

    /// The URLs, each with all that it is for: who opens them makes one database of each.
    public var byURL: [DatabaseURL: Set<Service>] {
        urls.reduce(into: [:]) { $0[$1.value, default: []].insert($1.key) }
    }
}

extension ServiceURLs: CustomStringConvertible {
    /// The databases by name, without passwords.
    public var description: String {
        Set(urls.values.map(\.description)).sorted().joined(separator: ", ")
    }
}
