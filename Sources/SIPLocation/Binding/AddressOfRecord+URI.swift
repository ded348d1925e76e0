public import SIPCore

extension AddressOfRecord {
    /// The address of record that a URI names, such as that of a REGISTER's To.
    ///
    /// "The URI MUST then be converted to a canonical form. To do that, all URI parameters MUST be removed (including
    /// the user-param), and any escaped characters MUST be converted to their unescaped form." (RFC 3261 10.3 step 5)
    ///
    /// - Returns: nil for a URI that is neither `sip`, `sips` nor `tel`.
    public init?(_ uri: URI) {
        switch uri {
        case .sip(let uri):
            self.init(user: uri.user?.withoutEscapes ?? "", host: uri.host.text)
        case .tel(let uri):
            self.init(user: ByteSlice(uri.digits), host: "")
        case .other:
            return nil
        }
    }
}
