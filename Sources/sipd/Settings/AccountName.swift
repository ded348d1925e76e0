import ArgumentParser

/// `user@domain`, as an account is named on the command line and in import files.
package struct AccountName: Hashable, Sendable, CustomStringConvertible {
    package let user: String
    /// In lower case.
    package let domain: String

    /// nil unless there is a user, one `@` and a domain; a leading `sip:` is left out.
    package init?(argument: String) {
        let text = argument.hasPrefix("sip:") ? argument.dropFirst(4) : Substring(argument)
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isUser(parts[0]) else { return nil }
        var problems: [SettingsProblem] = []
        let node = SettingsNode(.flag("user"), .text(String(parts[1]), plain: true))
        guard let domain = SettingsForm<String>.domain.read(node, &problems) else { return nil }
        user = String(parts[0])
        self.domain = domain
    }

    package var description: String { "\(user)@\(domain)" }

    /// For arguments.
    ///
    /// - Throws: what is expected.
    static func parse(_ argument: String) throws -> AccountName {
        guard let name = AccountName(argument: argument) else {
            throw ValidationError("expected user@domain, such as alice@voice.example")
        }
        return name
    }

    /// What may stand before the `@` without escapes (RFC 3261 25.1 `user`), and what a digest username can hold.
    private static func isUser(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic
                        || "0123456789-_.!~*'()&=+$,;?/%#".unicodeScalars.contains(scalar))
            }
    }
}
