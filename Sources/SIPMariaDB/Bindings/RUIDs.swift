import SIPAuth
import SIPCore
import SIPLocation
import Synchronization

/// Names for new bindings.
final class RUIDs: Sendable {
    private let epoch = String(UInt64.random(in: .min ... .max), radix: 16)
    private let serial = Atomic<UInt64>(0)

    /// The name that every process gives to this contact of this address: when two of them add it at the same moment, on
    /// two nodes of a cluster, it is one row. When a binding has the name that meanwhile is another contact, a name that
    /// nobody else gives.
    func name(
        of contact: ByteSlice, at address: AddressOfRecord, besides existing: [Binding]
    ) -> ByteSlice {
        let lengths = "\(address.user.count) \(address.host.count) "
        let bytes = Array(lengths.utf8) + address.user + address.host + contact
        if let digits = try? Digest.sha256(bytes) {
            // 160 bits: nobody finds a contact that takes another's place.
            let name = ByteSlice(Array("sip-".utf8) + digits.prefix(40))
            if !existing.contains(where: { $0.ruid == name && $0.uri != contact }) { return name }
        }
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return ByteSlice("\(epoch)-\(String(number, radix: 16))")
    }
}
