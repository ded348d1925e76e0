import SIPCore
import Synchronization

/// A part of the addresses behind one lock, held for the microsecond that a look-up or a change takes.
final class Stripe: Sendable {
    struct State {
        var table = BindingTable()
        /// Mode 2: what the store does not have yet, by ruid; a later change to a binding takes the place of an earlier.
        var unsaved: [ByteSlice: BindingChange] = [:]
    }

    let state = Mutex(State())

    /// Mode 1: "REGISTER requests MUST be processed by a registrar in the order that they are received" (RFC 3261 10.3),
    /// so the next for an address waits while one is being committed.
    let turns = Turns<AddressOfRecord>()
}
