import SIPCore

/// The messages that are measured: the same in every run, and each different from the others, so that no branch
/// predictor learns one of them by heart.
enum Inputs {
    /// How many there are of each kind, and so the operations of a pass.
    static let count = 512

    static let domain = "voice.test"

    /// INVITEs of about 650 bytes, as phones of several makes send them.
    static func invites() -> [[UInt8]] {
        var numbers = Numbers(seed: 1)
        return (0..<count).map { Array(invite($0, &numbers).utf8) }
    }

    /// - Parameter credentials: the lines that prove who calls.
    static func invite(
        _ index: Int, _ numbers: inout Numbers, credentials: String = ""
    ) -> String {
        let caller = Phone(index)
        let isCompact = index % 8 == 7
        func name(_ long: String, _ short: String) -> String { isCompact ? short : long }
        let body = sessionDescription(caller, &numbers)
        let user = numbers.next(9000) + 1000
        var lines = [
            "\(name("Via", "v")): SIP/2.0/UDP \(caller.host):\(caller.port);branch=z9hG4bK"
                + "\(numbers.digits(numbers.next(12) + 10))\(index % 3 == 0 ? "" : ";rport")",
            "\(name("From", "f")): \(displayName(index))<sip:\(caller.user)@\(domain)>;tag="
                + numbers.digits(numbers.next(8) + 6),
            "\(name("To", "t")): <sip:\(user)@\(domain)>",
            "\(name("Call-ID", "i")): \(numbers.digits(numbers.next(12) + 20))@\(caller.host)",
            "CSeq: \(numbers.next(30_000) + 1) INVITE",
            "\(name("Contact", "m")): <sip:\(caller.user)@\(caller.host):\(caller.port)>",
        ]
        lines.insert("Max-Forwards: 70", at: index % 2 == 0 ? 1 : lines.count)
        if !credentials.isEmpty { lines.append(credentials) }
        let rest = [
            "User-Agent: \(userAgents[index % userAgents.count])",
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE",
            "\(name("Supported", "k")): replaces, timer",
            "\(name("Content-Type", "c")): application/sdp",
        ]
        lines += rest.prefix(index % 5 == 0 ? 2 : 3) + rest.suffix(1)
        lines.append("\(name("Content-Length", "l")): \(body.utf8.count)")
        return "INVITE sip:\(user)@\(domain) SIP/2.0\r\n" + lines.joined(separator: "\r\n")
            + "\r\n\r\n" + body
    }

    static func sessionDescription(_ phone: Phone, _ numbers: inout Numbers) -> String {
        let version = numbers.next(900_000) + 100_000
        return """
            v=0\r
            o=- \(version) \(version) IN IP4 \(phone.host)\r
            s=-\r
            c=IN IP4 \(phone.host)\r
            t=0 0\r
            m=audio \(numbers.next(20_000) * 2 + 10_000) RTP/AVP 8 0 101\r
            a=rtpmap:8 PCMA/8000\r
            a=rtpmap:101 telephone-event/8000\r
            a=ptime:20\r

            """
    }

    private static func displayName(_ index: Int) -> String {
        ["", "Alice ", "\"Jo Doe\" ", "\"Room \(index), 2nd floor\" "][index % 4]
    }

    private static let userAgents = [
        "Desk 4.2.1 (0004132F)", "Softphone/11.6", "PBX-18.9.0", "Mobile/3.0.2 iOS", "Gateway",
    ]
}

/// A caller or a called one: a user with an address and an account.
struct Phone {
    let user: String
    let host: String
    let port: UInt16
    let address: IPAddress

    init(_ index: Int) {
        let number = UInt32(index)
        user = "phone\(10_000 + index)"
        let (third, fourth) = (number / 250 % 250, number % 250 + 1)
        host = "10.20.\(third).\(fourth)"
        port = UInt16(5060 + index % 7)
        address = .v4(10 << 24 | 20 << 16 | third << 8 | fourth)
    }

    var endpoint: Endpoint { Endpoint(.udp, address, port: port) }
    var password: String { "secret of \(user)" }
}

/// Numbers that look random, from a seed (SplitMix64).
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A number from 0 up to, not including, `limit`.
    mutating func next(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// So many letters and digits.
    mutating func digits(_ count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { bytes in
            for index in 0..<count {
                let number = UInt8(next(36))
                bytes[index] = number < 10 ? 0x30 + number : 0x57 + number
            }
            return count
        }
    }
}
