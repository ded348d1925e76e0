import SIPCore
import SIPDNS

/// Records to locate servers by, and what is asked on the way.
struct Zone {
    var records: [Question: Answer] = [:]

    /// A line as in a zone file: `a`, `aaaa`, `srv` or `naptr` and its data.
    mutating func add(_ name: DNSName, _ line: String) {
        let fields = line.split(separator: " ").map(String.init)
        switch fields[0] {
        case "srv":
            var records: [ServiceRecord] = []
            if case .services(let list)? = self.records[Question(name, .srv)] { records = list }
            records.append(
                ServiceRecord(
                    priority: UInt16(fields[1]) ?? 0, weight: UInt16(fields[2]) ?? 0,
                    port: UInt16(fields[3]) ?? 0, target: DNSName(ByteSlice(fields[4]))))
            self.records[Question(name, .srv)] = .services(records)
        case "naptr":
            var records: [PointerRecord] = []
            if case .pointers(let list)? = self.records[Question(name, .naptr)] { records = list }
            records.append(
                PointerRecord(
                    order: UInt16(fields[1]) ?? 0, preference: UInt16(fields[2]) ?? 0,
                    flags: Array(fields[3].utf8), services: Array(fields[4].utf8),
                    regexp: fields[5] == "-" ? [] : Array(fields[5].utf8),
                    replacement: DNSName(ByteSlice(fields[6]))))
            self.records[Question(name, .naptr)] = .pointers(records)
        default:
            let type = fields[0] == "a" ? RecordType.a : .aaaa
            var addresses: [IPAddress] = []
            if case .addresses(let list)? = records[Question(name, type)] { addresses = list }
            if let address = IPAddress(ByteSlice(fields[1])) { addresses.append(address) }
            records[Question(name, type)] = .addresses(addresses)
        }
    }

    /// Locates, and answers what is asked from the records.
    ///
    /// - Returns: the destinations as text, or the error; and the questions of each round.
    func locate(
        _ server: ServerQuery, transports: [Transport] = [.udp, .tcp, .tls],
        families: [AddressFamily] = [.v6, .v4], random: UInt64 = 1
    ) -> (result: Result<[String], ResolutionError>, rounds: [[Question]]) {
        let location = ServerLocation(
            server, transports: transports, families: families, random: random)
        var known: [Question: Answer] = [:]
        var rounds: [[Question]] = []
        while true {
            switch location.step(known) {
            case .located(let endpoints):
                return (.success(endpoints.map(\.description)), rounds)
            case .failed(let error): return (.failure(error), rounds)
            case .ask(let questions):
                rounds.append(questions)
                for question in questions { known[question] = records[question] ?? .nothing }
            }
        }
    }
}
