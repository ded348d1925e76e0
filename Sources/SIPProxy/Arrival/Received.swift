package import SIPCore
package import SIPTransaction
package import SIPTransport

/// A request as it came, checked, with the key of its transaction.
///
/// A class, so that handing it to the core, the route and back moves one reference and not a message.
package final class ReceivedRequest: Sendable {
    package let request: SIPRequest
    package let essentials: RequestEssentials
    package let key: TransactionKey
    package let source: Endpoint
    /// Where it arrived.
    package let interface: Interface
    /// The names that a verified certificate of the connection's other end is for, in small letters.
    let provenNames: [ByteSlice]

    package init(
        _ request: SIPRequest, _ essentials: RequestEssentials, key: TransactionKey,
        from source: Endpoint, on listener: Int, at address: IPAddress? = nil,
        over flow: Flow? = nil, provenNames: [ByteSlice] = []
    ) {
        self.request = request
        self.essentials = essentials
        self.key = key
        self.source = source
        interface = Interface(listener: listener, address: address, flow: flow)
        self.provenNames = provenNames
    }
}

/// A request that can't be worked with, and the response that it gets.
package struct RefusedRequest: Sendable {
    let request: SIPRequest
    package let refusal: Refusal
    let source: Endpoint
    let interface: Interface

    init(
        _ request: SIPRequest, _ refusal: Refusal, from source: Endpoint, on interface: Interface
    ) {
        self.request = request
        self.refusal = refusal
        self.source = source
        self.interface = interface
    }
}

/// A response as it came, checked.
package final class ReceivedResponse: Sendable {
    let response: SIPResponse
    let essentials: ResponseEssentials
    let source: Endpoint

    init(_ response: SIPResponse, _ essentials: ResponseEssentials, from source: Endpoint) {
        self.response = response
        self.essentials = essentials
        self.source = source
    }
}
