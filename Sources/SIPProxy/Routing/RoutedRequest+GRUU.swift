import SIPCore
public import SIPLocation

extension RoutedRequest {
    /// Whether the Request-URI is ours and claims to be a GRUU: it stands for one phone, and services such as forwarding are not for it
    /// (RFC 5627 6.1). Never, unless ``ProxySettings/issuesGRUUs``.
    public var isForGRUU: Bool {
        guard site.issuesGRUUs, let sip = uri.sip, sip.parameters.contains("gr") else {
            return false
        }
        return site.responsibility.includes(sip)
    }

    /// Sends a request inside of a dialog to the phone that its Request-URI stands for, where that is a GRUU of ours. A phone that was
    /// given one makes it its Contact, so it comes back with our own domain.
    ///
    /// To be called after ``followRoute()``; what ``Action/relay(in:)`` passes on goes to the phone then.
    ///
    /// - Throws: ``Rejection`` 404 for one that is not valid, 480 where the phone is not registered; what the location service throws
    ///   when it can't answer.
    public mutating func followGRUU(in location: some Location) async throws {
        guard isForGRUU else { return }
        edits.target = try await contacts(ofGRUU: uri, in: location).targets.first
    }

    /// The phone that a GRUU of ours stands for.
    func contacts(ofGRUU uri: URI, in location: some Location) async throws -> Contacts {
        // "If it contains the "gr" URI parameter but is not equivalent […] to a currently valid GRUU within the domain, it SHOULD be
        // rejected with a 404".
        guard let gruu = uri.sip.flatMap({ GRUU($0, site) }) else { throw Rejection(.notFound) }
        let all = try await location.bindings(of: gruu.address, at: time)
        // "The proxy MUST select the most recently refreshed contact."
        for binding in gruu.bindings(among: all, site.signature) {
            guard var target = Target(binding) else { continue }
            // "If the received request has Route header field values beyond the one pointing to the authoritative proxy itself […], the
            // Path URI MUST be discarded."
            if hasForeignRoute { target.path = [] }
            return Contacts([target])
        }
        // "If there are no registered contacts bound to the GRUU, the server MUST return a 480"; a temporary one is not valid any more.
        throw Rejection(gruu.isTemporary ? .notFound : .temporarilyUnavailable)
    }
}
