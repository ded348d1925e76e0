import MariaDBServer
import TestPrograms

/// A database of either kind with accounts user0 and user1, and commands and daemons that work on it.
struct OperatedSite {
    enum Kind: CaseIterable { case sqlite, mariadb }

    let folder: TemporaryFolder
    let url: String
    /// Nil for a file.
    let test: TestDatabase?
    /// Settings, by the names of their variables.
    var environment: [String: String]

    init(_ kind: Kind, in folder: TemporaryFolder, _ settings: [String: String] = [:]) throws {
        self.folder = folder
        environment = settings.merging(["SIPD_CONTROL": folder.path("control")]) { $1 }
        switch kind {
        case .sqlite:
            url = folder.database
            test = nil
        case .mariadb:
            let server = DatabaseServer.shared
            let test = try server.makeDatabase()
            self.test = test
            url = "mysql://root@localhost/\(test.name)?socket=\(server.socket)"
            let made = try command("schema", "create", "--extensions")
            guard made.code == .exit(0) else { throw ChildProcess.Trouble(description: made.error) }
        }
        try Sipd.makeAccounts(2, in: folder, database: url)
    }

    func command(_ arguments: String..., input: String? = nil) throws -> (
        code: ChildProcess.End, output: String, error: String
    ) {
        try Sipd.run(
            arguments + ["--database", url], input: input, in: folder, environment: environment)
    }

    func daemon(_ arguments: String...) throws -> Sipd {
        try Sipd(folder, arguments, database: url, environment: environment)
    }
}
