public import SIPCore

/// What finds the addresses of a host's name.
///
/// The whole of RFC 3263 (NAPTR, SRV) stands above it; this is its last step, A and AAAA.
public protocol Resolver: Sendable {
    /// The addresses of a host, the preferred first; never none.
    ///
    /// - Parameter host: a name, or an address, which is its own answer.
    /// - Throws: ``ResolutionError``
    func addresses(of host: ByteSlice) async throws(ResolutionError) -> [IPAddress]
}

/// Why a host has no addresses for us.
public enum ResolutionError: Error, Hashable, Sendable {
    /// There is no such name, or it has no address.
    case notFound
    /// No answer came in time.
    case timedOut
    /// So many questions wait already that this one was not asked.
    case busy
    /// The resolver failed, and may succeed later.
    case failed(String)
}
