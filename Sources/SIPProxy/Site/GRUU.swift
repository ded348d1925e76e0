import SIPCore
import SIPLocation

/// A URI that leads to one phone of an account, from anywhere (RFC 5627): the public one names account and phone, a temporary one
/// hides both.
///
/// No table is kept. The public one is the address of record with the phone's instance in `gr`. A temporary one holds account, instance
/// and the Call-ID of the registration, enciphered, so it ends when the phone registers with another Call-ID, as section 5.1 wants it, or
/// not at all.
struct GRUU {
    let address: AddressOfRecord
    private let phone: Phone

    private enum Phone {
        /// The instance, without its angle brackets.
        case named(ByteSlice)
        case hidden(TemporaryGRUU.Content)
    }

    /// Whether it is one that ends with the registration.
    var isTemporary: Bool { if case .hidden = phone { true } else { false } }

    /// Of an address' bindings those that it stands for, the newest first.
    func bindings(among all: [Binding], _ signature: DialogSignature) -> [Binding] {
        let found = all.filter { binding in
            guard let instance = binding.instance else { return false }
            switch phone {
            case .named(let name): return instance.withoutBrackets.equalsIgnoringCase(name)
            case .hidden(let content): return content.isOf(instance: instance, signature)
            }
        }
        if case .hidden(let content) = phone,
            !found.contains(where: { content.isOf(callID: $0.callID, signature) })
        {
            return []
        }
        return found.sorted { $0.lastModified > $1.lastModified }
    }
}

extension GRUU {
    /// Nil for a URI of ours that is none, or that is not valid any more.
    init?(_ uri: SIPURI, _ site: Site) {
        guard let value = uri.parameters["gr"], let address = site.addressOfRecord(.sip(uri)) else {
            return nil
        }
        guard value.isEmpty else {
            self.init(address: address, phone: .named(ByteSlice(value.unescaped)))
            return
        }
        guard
            let (user, content) = TemporaryGRUU.open(
                address.user, host: address.host, site.signature)
        else { return nil }
        self.init(
            address: AddressOfRecord(user: ByteSlice(Array(user)), host: address.host),
            phone: .hidden(content))
    }

    /// The parameters of a contact in the 200 for a phone that supports GRUUs (section 5.2); none for a contact without an instance.
    static func parameters(
        of binding: Binding, isSecure: Bool, random: UInt64, _ signature: DialogSignature
    ) -> [UInt8] {
        let address = binding.address
        guard let instance = binding.instance, !address.host.isEmpty else { return [] }
        var text: [UInt8] = []
        text.append(";pub-gruu=\"")
        text.append(isSecure ? "sips:" : "sip:")
        text.append(escaped: address.user)
        text.append(0x40)
        text.append(slice: address.host)
        text.append(";gr=")
        text.append(escaped: instance.withoutBrackets, allowing: 0x3A)
        text.append("\";temp-gruu=\"")
        text.append(isSecure ? "sips:" : "sip:")
        TemporaryGRUU.append(
            user: address.user, host: address.host, instance: instance, callID: binding.callID,
            random: random, to: &text, signature)
        text.append(0x40)
        text.append(slice: address.host)
        text.append(";gr\"")
        return text
    }
}

extension ByteSlice {
    /// `<urn:uuid:…>` without its angle brackets.
    fileprivate var withoutBrackets: ByteSlice {
        guard count >= 2, self[0] == 0x3C, self[count - 1] == 0x3E else { return self }
        return slice(1..<count - 1)
    }
}

extension [UInt8] {
    /// Appends a part of a URI, with `%HH` for all but letters, digits and marks (RFC 3261 25.1 `unreserved`) and one other.
    fileprivate mutating func append(escaped text: ByteSlice, allowing other: UInt8? = nil) {
        for byte in text {
            if byte.isUnreserved || byte == other {
                append(byte)
            } else {
                append(0x25)
                append(hexadecimal: UInt64(byte), digits: 2)
            }
        }
    }
}

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        // "-" / "_" / "." / "!" / "~" / "*" / "'" / "(" / ")"
        case 0x2D, 0x5F, 0x2E, 0x21, 0x7E, 0x2A, 0x27, 0x28, 0x29: true
        default: isIn(.alpha) || isIn(.digit)
        }
    }
}
