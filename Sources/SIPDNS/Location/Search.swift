import SIPCore

/// One pass over what is known: what is found, and what is missing.
struct Search {
    private let known: [Question: Answer]
    private let families: [AddressFamily]
    private var random: SeededNumbers
    private var missing: [Question] = []
    private var asked: Set<Question> = []
    private var found: [Endpoint] = []
    /// Why the first of the questions that failed did so.
    private var failure: ResolutionError?

    /// The draw is from all records that there are, however many; the addresses of so many servers are looked up then. A zone of
    /// thousands shall not make one request into thousands of questions.
    static let mostServers = 32

    init(_ known: [Question: Answer], _ families: [AddressFamily], random: UInt64) {
        self.known = known
        self.families = families
        self.random = SeededNumbers(random)
    }

    var step: ServerLocation.Step {
        guard missing.isEmpty else { return .ask(missing) }
        var seen: Set<Endpoint> = []
        let destinations = found.filter { seen.insert($0).inserted }
        return destinations.isEmpty ? .failed(failure ?? .notFound) : .located(destinations)
    }

    /// What is known of a question; nil when it has yet to be asked.
    mutating func answer(_ question: Question) -> Answer? {
        guard let answer = known[question] else {
            if asked.insert(question).inserted { missing.append(question) }
            return nil
        }
        if case .failed(let error) = answer, failure == nil { failure = error }
        return answer
    }

    /// The addresses of a host, at one port.
    mutating func addHost(_ name: DNSName, _ port: UInt16, _ transport: Transport) {
        found += addresses(of: name).map { Endpoint(transport, $0, port: port) }
    }

    /// The servers of several services, the preferred service first.
    ///
    /// - Parameter domain: whose addresses count when none of the services exists: "If no SRV records were found, the client performs an
    ///   A or AAAA record lookup of the domain name" (section 4.2).
    mutating func addServices(_ services: [Service], else domain: DNSName) {
        var servers: [(record: ServiceRecord, transport: Transport)] = []
        for service in services {
            guard case .services(let records)? = answer(Question(service.name, .srv)) else {
                continue
            }
            let ordered = ServiceOrder.of(records, using: &random)
            servers += ordered.map { ($0, service.transport) }
        }
        // What follows from the answers is known only when all of them are.
        guard missing.isEmpty else { return }
        if servers.isEmpty, let transport = services.first?.transport {
            addHost(domain, transport.defaultPort, transport)
        }
        for (record, transport) in servers.prefix(Self.mostServers) {
            // "A Target of "." means that the service is decidedly not available at this domain." Nothing is sent to port 0 either.
            guard let target = record.target, record.port != 0 else { continue }
            addHost(target, record.port, transport)
        }
    }

    /// The addresses of all families, in turn: should one family lead nowhere, the next attempt is of the other (as RFC 8305 section 4
    /// has it for connections).
    private mutating func addresses(of name: DNSName) -> [IPAddress] {
        var lists: [[IPAddress]] = []
        for family in families {
            if case .addresses(let list)? = answer(Question(name, family.type)) {
                lists.append(list)
            }
        }
        var addresses: [IPAddress] = []
        for index in 0..<(lists.map(\.count).max() ?? 0) {
            for list in lists where index < list.count { addresses.append(list[index]) }
        }
        return addresses
    }
}

/// Numbers that all follow from one (SplitMix64): which server of several is tried first is no secret worth more.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
