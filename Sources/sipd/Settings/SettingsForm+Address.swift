import SIPAuth
package import SIPCore
import SIPDNS
package import SIPTransport

extension SettingsForm {
    /// A file's path.
    package static var path: SettingsForm<String> {
        .scalar("a file's path") { text throws(Complaint) in
            guard !text.isEmpty, !text.contains("\0") else { throw Complaint() }
            return text
        }
    }

    /// A host name or numeric address as in a SIP URI (RFC 3261 25.1 `host`), in lower case.
    package static var domain: SettingsForm<String> {
        .scalar("a domain such as voice.example") { text throws(Complaint) in
            if text.hasPrefix("sip:") || text.hasPrefix("sips:") {
                throw Complaint("leave out the scheme")
            }
            if text.contains("@") { throw Complaint("leave out the user and '@'") }
            if text.hasPrefix("["), text.hasSuffix("]"),
                IPAddress(text) != nil
            {
                return text.lowercased()
            }
            if text.contains(":") { throw Complaint("leave out the port") }
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            guard text.utf8.count <= 253, labels.allSatisfy(isLabel) else { throw Complaint() }
            return text.lowercased()
        }
    }

    /// A class of differentiated services, or its number.
    package static var dscp: SettingsForm<DSCP> {
        .scalar("a class such as cs3, af31 or ef, or its number from 0 to 63") {
            text throws(Complaint) in
            guard let dscp = DSCP(text) else { throw Complaint() }
            return dscp
        }
    }

    /// A `sip` or `sips` URI.
    package static var sipURI: SettingsForm<String> {
        .scalar("a URI such as sip:proxy.voice.example;lr") { text throws(Complaint) in
            guard (try? SIPURI(text)) != nil else { throw Complaint() }
            return text
        }
    }

    /// A server of the DNS: an address, alone or with a port.
    package static var nameServer: SettingsForm<String> {
        .scalar("the address of a DNS server such as 192.0.2.53 or [2001:db8::53]:5353") {
            text throws(Complaint) in
            guard DNSSettings.isServer(text) else { throw Complaint() }
            return text
        }
    }

    /// Where to listen: a transport, address and port, `udp:ADDRESS:PORT`; an IPv6 address in brackets.
    package static var listen: SettingsForm<Endpoint> {
        .scalar("an address such as udp:0.0.0.0:5060 or tls:[::]:5061") { text throws(Complaint) in
            guard let colon = text.firstIndex(of: ":") else { throw Complaint() }
            let scheme = text[..<colon].lowercased()
            guard let transport = Transport(ByteSlice(scheme)) else {
                throw Complaint(
                    IPAddress(scheme) == nil ? nil : "put udp: in front")
            }
            let rest = text[text.index(after: colon)...]
            guard let last = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else {
                throw Complaint(
                    "the port is missing, as in \(transport):\(rest):\(transport.defaultPort)")
            }
            let (host, port) = (rest[..<last], rest[rest.index(after: last)...])
            guard let number = UInt16(port) else {
                throw Complaint("'\(port)' is no port from 0 to 65535")
            }
            // An IPv6 address needs its brackets: the port stands behind a colon as well.
            guard host.hasPrefix("[") == host.contains(":"), let address = IPAddress(String(host))
            else {
                throw Complaint("'\(host)' is no numeric address")
            }
            return Endpoint(transport, address, port: number)
        }
    }

    /// A table's or column's name.
    package static var name: SettingsForm<String> {
        .scalar("the name of a table or column") { text throws(Complaint) in
            guard !text.isEmpty, text.utf8.count <= 64, !text.contains("\0") else {
                throw Complaint()
            }
            return text
        }
    }

    /// A word of a User-Agent.
    package static var word: SettingsForm<String> {
        .scalar("a word of a User-Agent, such as friendly-scanner") { text throws(Complaint) in
            guard text.utf8.count >= 3 else { throw Complaint("three letters at least") }
            return text
        }
    }

    /// A group of accounts.
    package static var group: SettingsForm<String> {
        .scalar("the name of a group, such as pstn") { text throws(Complaint) in
            let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            guard !text.isEmpty, text.utf8.count <= 64, isClean else { throw Complaint() }
            return text
        }
    }

    /// A numeric address without a port, or a network: address, slash and how many bits count.
    package static var network: SettingsForm<Network> {
        .scalar("an address or a network such as 192.0.2.7 or 2001:db8:7::/48") {
            text throws(Complaint) in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = IPAddress(String(parts[0])) else {
                throw Complaint()
            }
            guard parts.count == 2 else { return Network(address: address) }
            guard let bits = Int(parts[1]), (0...address.bitCount).contains(bits) else {
                throw Complaint("the mask is 0 to \(address.bitCount) bits")
            }
            return Network(address: address, prefixLength: bits)
        }
    }
}

/// A label of a host name: letters, digits and hyphens, none at the ends; `_` because people use it.
private func isLabel(_ label: Substring) -> Bool {
    let letters = label.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
    return letters && (1...63).contains(label.utf8.count) && !label.hasPrefix("-")
        && !label.hasSuffix("-")
}
