import SIPCore

/// Every value that can be asked for is given or refused; what is given is read again from its own text as the same.
func checkValues(_ message: SIPMessage) throws(Violation) {
    switch message {
    case .request(let request):
        if let uri = try? request.uri { try checkURI(uri) }
        try checkValues(request)
    case .response(let response):
        _ = response.reasonPhrase.description
        try checkValues(response)
    }
}

private func checkValues(_ message: some HeaderReading) throws(Violation) {
    for via in (try? message.vias) ?? [] { try checkVia(via) }
    if let addresses = try? [message.from, message.to] {
        for address in addresses { try checkAddress(address) }
    }
    let routes =
        [try? message.routes, try? message.recordRoutes, try? message.paths].compactMap(\.self)
    for address in routes.joined() { try checkAddress(address) }
    if case .contacts(let contacts) = try? message.contacts {
        for contact in contacts {
            try checkAddress(contact.address)
            let again = try expectAgain("a Contact") { () throws(ParseError) in
                try Contact(contact.text)
            }
            try expect(
                again.q == contact.q && again.expires == contact.expires
                    && again.regID == contact.regID && again.instance == contact.instance,
                "a Contact is read as another: \(contact)")
        }
    }
    if let cseq = try? message.cseq {
        let again = try expectAgain("a CSeq") { () throws(ParseError) in
            try CSeq(ByteSlice(cseq.description))
        }
        try expect(again == cseq, "a CSeq is printed as another: \(cseq)")
    }
    if let date = try? message.date {
        let again = try expectAgain("a Date") { () throws(ParseError) in
            try DateHeader(ByteSlice(date.description))
        }
        try expect(again == date, "a Date is printed as another: \(date)")
    }
    _ = try? message.maxForwards
    _ = try? message.retryAfter
    _ = try? message.contentType?.parameters.map(\.name)
    _ = try? message.event
    _ = try? message.rack
    _ = message.require.map(\.count) + message.supported.map(\.count) + message.allow.map(\.count)
}

private func checkVia(_ via: Via) throws(Violation) {
    let again = try expectAgain("a Via") { () throws(ParseError) in try Via(via.text) }
    try expect(
        again.branch == via.branch && again.host == via.host && again.port == via.port
            && again.received == via.received && again.rport == via.rport
            && again.transport == via.transport && again.maddr == via.maddr
            && again.ttl == via.ttl,
        "a Via is read as another: \(via)")
    _ = via.parameters.map(\.name)
    _ = via.receivedAddress
    try checkHost(via.host)
}

private func checkAddress(_ address: NameAddress) throws(Violation) {
    let again = try expectAgain("an address") { () throws(ParseError) in
        try NameAddress(address.text)
    }
    try expect(
        again.tag == address.tag && again.uri.text == address.uri.text
            && again.displayName == address.displayName,
        "an address is read as another: \(address)")
    _ = address.parameters.map(\.name)
    try checkURI(address.uri)
}
