import SIPCore

/// Writes where a phone was seen in the place of a Contact that leads nowhere (``RoutedRequest/fixContact()``).
struct ContactFix {
    let sender: SenderPlace

    /// Notes the change in a copy that is sent on.
    ///
    /// - Parameter index: a Contact line of the message.
    func apply(toLine index: Int, of message: MessageBytes, _ editor: inout MessageEditor) {
        var cursor = Cursor(message.value(index))
        // What can't be read goes on as it is.
        while true {
            cursor.skipWhiteSpace()
            guard let contact = try? Contact(parsing: &cursor) else { return }
            if let uri = contact.uri.sip, sender.hides(uri) {
                editor.replace(uri.hostPortRange) { $0.append(sender.source) }
            }
            guard cursor.takeSeparator(0x2C) else { return }
        }
    }
}

extension [UInt8] {
    /// Appends address and port as a URI spells them.
    fileprivate mutating func append(_ endpoint: Endpoint) {
        if case .v6 = endpoint.address {
            append(0x5B)
            append(address: endpoint.address)
            append(0x5D)
        } else {
            append(address: endpoint.address)
        }
        append(0x3A)
        append(decimal: UInt64(endpoint.port))
    }
}
