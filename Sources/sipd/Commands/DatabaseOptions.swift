import ArgumentParser
import SIPLocation

/// `--database` and `--config`, which every command on accounts, aliases and registrations takes.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The database, such as sqlite:/var/lib/sipd/sipd.sqlite or \
            mysql://ser@db.example/ser?password_file=/etc/sipd.password.
            """,
            discussion: """
                Default: what SIPD_DATABASE or the settings file says, else sqlite:sipd.sqlite. A password in the URL \
                is seen by everybody who lists processes: let password_file or password_env say where it is.
                """))
    var database: String?

    @Option(help: "The settings file. Default: what SIPD_CONFIG says.", completion: .file())
    var config: String?

    /// What the file, the environment and the flag say together.
    func settings() throws(Failure) -> Settings {
        let flags = database.map { [Settings.Flag("database", "--database", [$0])] } ?? []
        return try Settings.load(file: config, flags: flags)
    }

    /// Runs a command's body on the opened database.
    ///
    /// - Parameter make: Whether a file that is not there is made; else a misspelt path would be one.
    func use<Result>(
        make: Bool = false, _ body: (Databases) async throws -> Result
    ) async throws -> Result {
        let databases = try Databases(settings(), make: make) { line in
            StandardError.write("sipd: \(line)\n")
        }
        do {
            let result = try await body(databases)
            try await databases.close()
            return result
        } catch let error as StoreError {
            throw Failure(error)
        }
    }
}
