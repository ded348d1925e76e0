import ArgumentParser

// Verbs as serctl had them, where ours are elsewhere.

/// `sipd passwd USER`
struct PasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Gives an account another password: user passwd.")

    @OptionGroup var command: UserPasswordCommand

    func run() async throws { try await command.run() }
}

/// `sipd showdb [USER]`
struct ShowDatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "showdb",
        abstract: "Lists the registrations in the database: location show --stored.")

    @Argument(help: "Only those of this address: user@domain.", transform: AccountName.parse)
    var address: AccountName?

    @Flag(help: "As JSON: see location show.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await LocationShowCommand.run(address, stored: true, json: json, options)
    }
}

/// `sipd mail USER [ADDRESS]`
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "Prints an account's e-mail address, or notes one.",
        discussion: """
            It is kept in column email_address, which a MariaDB table has when SER or sipd schema create --extensions made it.

            Examples:
              sipd mail alice@voice.example
              sipd mail alice@voice.example alice@example.org
            """)

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The e-mail address to note; '' removes it.")
    var address: String?

    @Flag(help: "As a JSON object: mail; null when none is noted.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        let isClean = address?.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard isClean != false, (address ?? "").utf8.count <= 255 else {
            throw ValidationError("expected an e-mail address, such as alice@example.org")
        }
    }

    func run() async throws {
        let noted = try await options.use { databases in
            let directory = try databases.mail
            if let address {
                let isThere = try await directory.setMailAddress(
                    address, username: account.user, domain: account.domain)
                return isThere ? address : nil
            }
            return try await directory.mailAddress(
                username: account.user, domain: account.domain)
        }
        guard let noted else { throw Failure(.negative, "there is no account \(account)") }
        guard address == nil else { return }
        if json {
            try JSONLine.print(["mail": noted.isEmpty ? nil : noted])
        } else {
            print(noted)
        }
    }
}
