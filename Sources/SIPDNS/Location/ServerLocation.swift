package import SIPCore

/// Locating SIP servers (RFC 3263): which questions follow from whom is sought, and what the answers say together.
///
/// It keeps nothing and waits for nothing: it is given all that is known so far, and says what is still to be asked. A cache in between,
/// answers that come in any order, and tests without a server follow from that.
package struct ServerLocation: Sendable {
    let server: ServerQuery
    /// What we speak, the preferred first. Records for anything else are left out.
    let transports: [Transport]
    /// The kinds of addresses that we reach, the preferred first.
    let families: [AddressFamily]

    let random: UInt64
    /// So many services of a domain are asked for at most; a domain with all transports has five.
    private static let mostServices = 16

    /// - Parameter random: what the draw by weight follows from (RFC 2782): the same number draws the same order of the same records.
    package init(
        _ server: ServerQuery, transports: [Transport], families: [AddressFamily],
        random: UInt64
    ) {
        self.server = server
        self.transports = transports
        self.families = families
        self.random = random
    }

    package enum Step: Hashable, Sendable {
        /// These have to be known before anything else can be said; never none.
        case ask([Question])
        /// The destinations in the order in which they are tried, each once; never none.
        case located([Endpoint])
        case failed(ResolutionError)
    }

    /// What is to be done.
    ///
    /// - Parameter known: what became of the questions that were asked.
    package func step(_ known: [Question: Answer]) -> Step {
        let transport = server.defaultTransport
        // Section 4.2: "If TARGET is a numeric IP address, the client uses that address."
        if let address = server.address {
            guard transports.contains(transport) else { return .failed(.notFound) }
            let port = server.port ?? transport.defaultPort
            return .located([Endpoint(transport, address, port: port)])
        }
        guard let name = DNSName(server.host) else { return .failed(.notFound) }
        var search = Search(known, families, random: random)
        let isUsable = transports.contains(transport)
        if let port = server.port {
            // "If the TARGET was not a numeric IP address, but a port is present in the URI, the client performs an A or AAAA
            // record lookup of the domain name."
            if isUsable { search.addHost(name, port, transport) }
        } else if server.transport != nil {
            // "because a transport was specified explicitly, the client performs an SRV query for that specific transport"
            if isUsable, let service = Service(name, transport) {
                search.addServices([service], else: name)
            }
        } else {
            addTransports(name, &search)
        }
        return search.step
    }

    /// Section 4.1: "if no transport protocol or port is specified, and the target is not a numeric IP address, the client SHOULD
    /// perform a NAPTR query for the domain in the URI."
    private func addTransports(_ name: DNSName, _ search: inout Search) {
        let question = Question(name, .naptr)
        guard let answer = search.answer(question) else { return }
        var services: [Service] = []
        if case .pointers(let records) = answer { services = self.services(of: records) }
        if services.isEmpty {
            // "If no NAPTR records are found, the client constructs SRV queries for those transport protocols it supports, and does a
            // query for each." So too when none of them is for us.
            services = applicable.compactMap { Service(name, $0) }
        }
        search.addServices(Array(services.prefix(Self.mostServices)), else: name)
    }

    /// The services that NAPTR records lead to, in their order (RFC 3403 section 4.1).
    private func services(of records: [PointerRecord]) -> [Service] {
        let ordered = records.sorted { ($0.order, $0.preference) < ($1.order, $1.preference) }
        return ordered.compactMap { record in
            // "The resource record will contain an empty regular expression and a replacement value, which is the SRV record for that
            // particular transport protocol."
            guard record.regexp.isEmpty, record.flags == [0x73] || record.flags == [0x53],
                let replacement = record.replacement,
                let transport = Transport(service: record.services),
                applicable.contains(transport)
            else { return nil }
            return Service(transport, at: replacement)
        }
    }

    /// "A client resolving a SIPS URI MUST discard any services that do not contain "SIPS" as the protocol in the service field."
    private var applicable: [Transport] {
        server.isSecure ? transports.filter(\.isSecure) : transports
    }
}

/// IPv4 or IPv6.
package enum AddressFamily: Hashable, Sendable {
    case v4, v6

    var type: RecordType { self == .v4 ? .a : .aaaa }
}

extension IPAddress {
    package var family: AddressFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }
}

/// A name with SRV records, and the transport that they are for.
struct Service {
    let transport: Transport
    let name: DNSName

    init(_ transport: Transport, at name: DNSName) {
        self.transport = transport
        self.name = name
    }

    /// The service of a domain; nil when its name would be too long.
    init?(_ domain: DNSName, _ transport: Transport) {
        guard let name = domain.service(transport.serviceLabels) else { return nil }
        self.init(transport, at: name)
    }
}
