import ArgumentParser
import SIPLocation
import SIPSQLite

/// `--database` and `--config`, which every command on accounts, aliases and registrations takes.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The database, such as sqlite:/var/lib/sipd/sipd.sqlite.",
            discussion:
                "Default: what SIPD_DATABASE or the settings file says, else sqlite:sipd.sqlite."))
    var database: String?

    @Option(help: "The settings file. Default: what SIPD_CONFIG says.", completion: .file())
    var config: String?

    /// What the file, the environment and the flag say together.
    func settings() throws(Failure) -> Settings {
        let flags = database.map { [Settings.Flag("database", "--database", [$0])] } ?? []
        return try Settings.load(file: config, flags: flags)
    }

    /// Opens the database.
    ///
    /// - Parameter make: Whether a file that is not there is made; else a misspelt path would be one.
    private func open(_ database: DatabaseAddress, make: Bool) throws(Failure) -> SQLiteDatabase {
        switch database {
        case .sqlite(let path):
            guard make || TextFile.exists(path) else {
                throw Failure(
                    .noInput,
                    "there is no database \(path): name another with --database, "
                        + "or make it with sipd user add")
            }
            do throws(StoreError) {
                return try SQLiteDatabase(path: path)
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Runs a command's body on the opened database.
    func use<Result>(
        make: Bool = false, _ body: (SQLiteDatabase) async throws -> Result
    ) async throws -> Result {
        let database = try open(settings().database, make: make)
        do {
            let result = try await body(database)
            try database.close()
            return result
        } catch let error as StoreError {
            throw Failure(error)
        }
    }
}
