public import SIPAuth
public import SIPCore
public import SIPLocation

// A proof is a value that only this module can make, so that holding one means that the check was done: there is no
// public initializer, and what needs a proof takes it as an argument. An open relay does not compile.

/// Proof that a digest was verified: who sent the request (RFC 3261 section 22).
public struct Caller: Sendable {
    /// The account's name, without the domain.
    public let username: ByteSlice
    /// The domain, which is the realm of the digest.
    public let domain: ByteSlice
    let site: Site
}

/// Proof that the caller owns an address of record: may register there, may call in its name.
public struct Owner: Sendable {
    /// The address that is owned.
    public let address: AddressOfRecord
    /// Who owns it.
    public let caller: Caller
}

/// Proof that a request belongs to a dialog whose first request this proxy let through: the Route that it carries is our
/// own Record-Route, and its signature is right.
public struct Dialog: Sendable {
    package init() {}
}

/// Proof that a request came along the Path that this proxy put on a phone's REGISTER: it goes to that phone.
public struct RegisteredPath: Sendable {
    /// Where the REGISTER came from: the phone, or the proxy before us.
    public let phone: Endpoint
}

/// Proof that a request came from an address that the settings trust, or from somebody with a certificate that they trust.
public struct Peer: Sendable {
    /// Where the request came from.
    public let endpoint: Endpoint
    /// The network of the operator's tables that the peer is in, with its group and tag; nil for an address of the settings.
    public let network: TrustedAddress?
    /// The trusted name that the certificate is for (RFC 5922 7.1), in small letters; nil when the address was enough.
    public let name: ByteSlice?

    package init(endpoint: Endpoint, network: TrustedAddress? = nil, name: ByteSlice? = nil) {
        self.endpoint = endpoint
        self.network = network
        self.name = name
    }
}
