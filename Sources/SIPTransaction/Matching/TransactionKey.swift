package import SIPCore

/// What a server transaction is found by (RFC 3261 17.2.3): 128 bits, hashed with the process's
/// secret.
///
/// When the branch begins with the magic cookie these are the branch, the sent-by and the method,
/// and ACK counts as INVITE. When it does not, they are what RFC 2543 compares: Request-URI, tags,
/// Call-ID, CSeq and top Via. There an ACK is found by the To tag of the response, so whoever
/// answers such an INVITE files the transaction under
/// `acknowledgement(of:_:responseTag:hashKey:)` too.
public struct TransactionKey: Sendable {
    /// Without method, Request-URI and To tag: the same for an INVITE, its ACK and its CANCEL.
    let low: UInt64
    private(set) var high: UInt64

    /// The key of the transaction that a request belongs to, or would begin.
    package init(
        request: borrowing SIPRequest, essentials: borrowing RequestEssentials, hashKey: HashKey
    ) {
        self.init(request.method, essentials, toTag: essentials.to.tag, hashKey)
    }

    /// The key of the INVITE transaction that a CANCEL asks to end.
    ///
    /// RFC 3261 9.2: "assuming that the request method is anything but CANCEL or ACK and applying
    /// the transaction matching procedures of Section 17.2.3". Only INVITE is worth it: "A CANCEL
    /// request SHOULD NOT be sent to cancel a request other than INVITE" (9.1).
    package static func invite(
        cancelledBy cancel: SIPRequest, _ essentials: RequestEssentials, hashKey: HashKey
    ) -> TransactionKey {
        TransactionKey(.invite, essentials, toTag: essentials.to.tag, hashKey)
    }

    /// The key of the ACK for a response to an INVITE without the magic cookie; nil with the
    /// cookie, when the ACK has the INVITE's own key.
    ///
    /// RFC 3261 17.2.3: "the To tag of the ACK matches the To tag of the response sent by the
    /// server transaction".
    package static func acknowledgement(
        of invite: SIPRequest, _ essentials: RequestEssentials, responseTag: ByteSlice?,
        hashKey: HashKey
    ) -> TransactionKey? {
        guard !essentials.via.hasMagicCookie else { return nil }
        return TransactionKey(.ack, essentials, toTag: responseTag, hashKey)
    }

    /// One of so many parts of a server: an INVITE, its CANCEL and the ACK for its non-2xx response
    /// give the same.
    ///
    /// - Parameter count: at least 1.
    /// - Returns: 0 and up, below `count`.
    public func stripe(of count: Int) -> Int {
        // Without a division: the upper half of a product of 32-bit numbers is evenly spread below
        // `count`.
        let number = UInt64(UInt32(clamping: max(count, 1)))
        return Int(((low & 0xFFFF_FFFF) &* number) >> 32)
    }
}

extension TransactionKey: Hashable {
    public func hash(into hasher: inout Hasher) {
        // One half is enough: both are as good as random to whoever does not know the secret.
        hasher.combine(high)
    }
}

extension TransactionKey {
    private init(
        _ method: borrowing SIPMethod, _ essentials: borrowing RequestEssentials,
        toTag: borrowing ByteSlice?, _ hashKey: HashKey
    ) {
        var hash = SipHash(key: hashKey)
        if essentials.via.hasMagicCookie {
            hash.append(essentials.via)
            (low, high) = hash.finish()
        } else {
            // "The INVITE request matches a transaction if the Request-URI, To tag, From tag,
            // Call-ID, CSeq, and top Via header field match those of the INVITE request which
            // created the transaction"; an ACK by the "CSeq number (not the method)"; other
            // requests by the same fields (17.2.3).
            hash.append(essentials.via)
            hash.append(field: essentials.callID)
            hash.append(field: essentials.from.tag)
            hash.append(UInt64(essentials.cseq.number))
            low = hash.finish().low
            hash.append(field: essentials.uri.text)
            hash.append(field: toTag)
            high = hash.finish().high
        }
        // "3. the method of the request matches the one that created the transaction, except for
        // ACK, where the method of the request that created the transaction is INVITE"
        let isAcknowledgement = method == .ack && essentials.via.hasMagicCookie
        high ^= isAcknowledgement ? SIPMethod.invite.number(hashKey) : method.number(hashKey)
    }
}

extension SipHash {
    /// "1. the branch parameter in the request is equal to the one in the top Via header field of
    /// the request that created the transaction, and 2. the sent-by value in the top Via of the
    /// request is equal" (17.2.3).
    ///
    /// By 7.3.1 tokens are compared without case; yet there are clients that count their branches
    /// in base 62, and none that changes the case of one.
    fileprivate mutating func append(_ via: Via) {
        let host = via.host.text
        let branch = via.branch
        if let branch { append(branch.span) }
        appendLowercased(host.span)
        let port = via.port ?? via.transport?.defaultPort ?? 5060
        // The lengths say where the branch ends, so that no other pair of branch and host gives the
        // same bytes.
        append(UInt64(branch?.count ?? 0) << 40 | UInt64(host.count) << 16 | UInt64(port))
    }

    /// A field with its length, so that no other sequence of fields gives the same bytes.
    fileprivate mutating func append(field: ByteSlice?) {
        guard let field else { return append(.max) }
        append(field.span)
        append(UInt64(field.count))
    }
}

extension SIPMethod {
    /// A number for each method: a small one, or a hash of the name.
    fileprivate func number(_ key: HashKey) -> UInt64 {
        switch self {
        case .invite: 1
        case .ack: 2
        case .bye: 3
        case .cancel: 4
        case .register: 5
        case .options: 6
        case .prack: 7
        case .subscribe: 8
        case .notify: 9
        case .publish: 10
        case .info: 11
        case .refer: 12
        case .message: 13
        case .update: 14
        case .other(let name): SipHash.number(of: name, key)
        }
    }
}

extension SipHash {
    fileprivate static func number(of name: ByteSlice, _ key: HashKey) -> UInt64 {
        var hash = SipHash(key: key)
        hash.append(name.span)
        return hash.finish().low
    }
}
