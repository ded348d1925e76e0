package import SIPCore

/// A user name and a domain as a key: the name by its bytes, the domain without case.
package struct AccountName: Hashable {
    package let username: ByteSlice
    package let domain: ByteSlice
    /// Computed once: it chooses the stripe and then the place in the stripe's dictionary.
    let hash: Int

    package init(_ username: ByteSlice, _ domain: ByteSlice) {
        self.username = username
        self.domain = domain
        var hasher = Hasher()
        hasher.combine(username)
        let letters = domain.span
        var word: UInt64 = 0
        for index in letters.indices {
            word = word << 8 | UInt64(letters[index].lowercased)
            if index & 7 == 7 { hasher.combine(word) }
        }
        hasher.combine(word)
        hash = hasher.finalize()
    }

    private init(copying name: AccountName) {
        username = ByteSlice(Array(name.username))
        domain = ByteSlice(Array(name.domain))
        hash = name.hash
    }

    /// The same name with bytes of its own: a key that is kept must not keep a whole message alive.
    var detached: AccountName { AccountName(copying: self) }

    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.hash == right.hash && left.username == right.username
            && left.domain.equalsIgnoringCase(right.domain)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
