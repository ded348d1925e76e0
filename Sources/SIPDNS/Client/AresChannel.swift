import CCares
import Glibc
import SIPCore

/// A c-ares channel with its sockets, for one thread to use.
///
/// c-ares asks over UDP with EDNS, repeats, goes to the next server when one is silent or refuses, and asks over TCP when an answer was
/// cut.
final class AresChannel {
    private var channel: ares_channel?
    /// What c-ares wants to hear of each socket, as poll names it.
    private(set) var sockets: [Int32: Int16] = [:]
    /// Takes what came of a question.
    private let answered: (Question, DNSMessage?, ResolutionError) -> Void
    private(set) var questionCount = 0

    /// RFC 9715 section 3.2: answers of this size pass without fragments.
    private static let datagramSize: Int32 = 1232
    /// How often a server is asked.
    private static let tries: Int32 = 2

    init(
        _ settings: DNSSettings,
        answered: @escaping (Question, DNSMessage?, ResolutionError) -> Void
    ) throws(DNSSettingsError) {
        self.answered = answered
        var options = ares_options()
        options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES
        options.ednspsz = Self.datagramSize
        options.tries = Self.tries
        // c-ares doubles the time for the second round.
        let milliseconds = settings.timeout.nanoseconds / 1_000_000 / 3
        options.timeout = Int32(clamping: max(1, milliseconds))
        options.sock_state_cb = socketStateChanged
        options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        let mask =
            ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS
            | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF
        // c-ares copies the path, and does not write to it.
        let status = settings.systemFile.withCString { path in
            options.resolvconf_path = UnsafeMutablePointer(mutating: path)
            return ares_init_options(&channel, &options, mask)
        }
        guard status == ARES_SUCCESS else { throw .failed(Self.text(of: status)) }
        guard !settings.servers.isEmpty else { return }
        for server in settings.servers where !DNSSettings.isServer(server) {
            close()
            throw .badServer(server)
        }
        let servers = settings.servers.joined(separator: ",")
        guard ares_set_servers_ports_csv(channel, servers) == ARES_SUCCESS else {
            close()
            throw .badServer(servers)
        }
    }

    /// Ends all questions; nothing may be asked after it.
    func close() {
        guard let channel else { return }
        self.channel = nil
        ares_destroy(channel)
    }

    func ask(_ question: Question) {
        questionCount += 1
        let asked = Unmanaged.passRetained(AskedQuestion(question, self))
        ares_query(
            channel, question.name.description, Self.internet, Int32(question.type.rawValue),
            answerArrived, asked.toOpaque())
    }

    /// What the machine's own table of hosts (/etc/hosts) says of a name; it comes before the DNS. Nil: nothing.
    func localAnswer(to question: Question) -> Answer? {
        let name = question.name.description
        switch question.type {
        case .a: return localAnswer(name, AF_INET, other: AF_INET6)
        case .aaaa: return localAnswer(name, AF_INET6, other: AF_INET)
        case .srv, .naptr: return nil
        }
    }

    /// A host that the table knows by an address of one family only has none of the other.
    private func localAnswer(_ name: String, _ family: Int32, other: Int32) -> Answer? {
        if let addresses = localAddresses(name, family) { return .addresses(addresses) }
        return localAddresses(name, other) == nil ? nil : .nothing
    }

    private func localAddresses(_ name: String, _ family: Int32) -> [IPAddress]? {
        var host: UnsafeMutablePointer<hostent>?
        guard ares_gethostbyname_file(channel, name, family, &host) == ARES_SUCCESS, let host
        else { return nil }
        defer { ares_free_hostent(host) }
        // c-ares may answer with the other family when it has none of this one.
        return host.pointee.h_addrtype == family ? host.pointee.addresses : nil
    }

    /// When c-ares wants to be called, whatever comes: milliseconds from now.
    func patience(upTo limit: Int32) -> Int32 {
        var longest = timeval(tv_sec: Int(limit / 1000), tv_usec: Int(limit % 1000) * 1000)
        var time = timeval()
        guard let chosen = ares_timeout(channel, &longest, &time) else { return limit }
        // Rounded up: a millisecond too early would be a turn in vain.
        return Int32(clamping: chosen.pointee.tv_sec * 1000 + (chosen.pointee.tv_usec + 999) / 1000)
    }

    /// Lets c-ares read and write where it can, and repeat what has waited.
    ///
    /// - Parameter ready: sockets, and what poll said of them.
    func process(_ ready: [(socket: Int32, events: Int16)]) {
        for (socket, events) in ready {
            let canRead = events & Int16(POLLIN | POLLERR | POLLHUP) != 0
            let canWrite = events & Int16(POLLOUT | POLLERR | POLLHUP) != 0
            ares_process_fd(
                channel, canRead ? socket : Self.noSocket, canWrite ? socket : Self.noSocket)
        }
        ares_process_fd(channel, Self.noSocket, Self.noSocket)
    }

    fileprivate func watch(_ socket: Int32, reads: Bool, writes: Bool) {
        let events = (reads ? Int16(POLLIN) : 0) | (writes ? Int16(POLLOUT) : 0)
        sockets[socket] = events == 0 ? nil : events
    }

    fileprivate func take(_ status: Int32, _ bytes: [UInt8], for question: Question) {
        questionCount -= 1
        let error: ResolutionError =
            switch status {
            case ARES_ETIMEOUT: .timedOut
            case ARES_SUCCESS: .failed("the DNS server's answer is malformed")
            default: .failed(Self.text(of: status))
            }
        answered(question, DNSMessage(bytes, type: question.type), error)
    }

    private static let internet: Int32 = 1
    private static let noSocket: Int32 = -1

    private static func text(of status: Int32) -> String {
        ares_strerror(status).map { String(cString: $0) } ?? "c-ares status \(status)"
    }
}

/// A question that c-ares has.
private final class AskedQuestion {
    let question: Question
    /// It outlives all its questions: closing ends them.
    unowned let channel: AresChannel

    init(_ question: Question, _ channel: AresChannel) {
        self.question = question
        self.channel = channel
    }
}

private func socketStateChanged(
    data: UnsafeMutableRawPointer?, socket: Int32, reads: Int32, writes: Int32
) {
    guard let data else { return }
    Unmanaged<AresChannel>.fromOpaque(data).takeUnretainedValue()
        .watch(socket, reads: reads != 0, writes: writes != 0)
}

private func answerArrived(
    data: UnsafeMutableRawPointer?, status: Int32, timeouts: Int32,
    bytes: UnsafeMutablePointer<UInt8>?, count: Int32
) {
    guard let data else { return }
    let asked = Unmanaged<AskedQuestion>.fromOpaque(data).takeRetainedValue()
    // The buffer is c-ares's, and only until this returns.
    let copy = Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(count)))
    asked.channel.take(status, copy, for: asked.question)
}

extension hostent {
    fileprivate var addresses: [IPAddress] {
        guard let list = h_addr_list, h_length == 4 || h_length == 16 else { return [] }
        var addresses: [IPAddress] = []
        var index = 0
        while let entry = list[index] {
            let bytes = UnsafeRawBufferPointer(start: entry, count: Int(h_length))
            if let address = IPAddress(networkOrder: bytes) { addresses.append(address) }
            index += 1
        }
        return addresses
    }
}

extension IPAddress {
    /// An address from its 4 or 16 bytes.
    fileprivate init?(networkOrder bytes: UnsafeRawBufferPointer) {
        func number(_ range: Range<Int>) -> UInt64 {
            range.reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
        }
        switch bytes.count {
        case 4: self = .v4(UInt32(truncatingIfNeeded: number(0..<4)))
        case 16: self = .v6(high: number(0..<8), low: number(8..<16))
        default: return nil
        }
    }
}
