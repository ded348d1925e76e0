package import ArgumentParser
import Glibc

@main
package struct Sipd: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "sipd",
        abstract: "A SIP registrar and proxy.",
        discussion: """
            Phones register with a password; calls find them. Accounts, aliases and registrations are in one SQLite file, or \
            in a MariaDB or MySQL database, such as Kamailio's.

            A first start:
              sipd user add alice@voice.example --database sqlite:sipd.sqlite
              sipd run --domain voice.example --database sqlite:sipd.sqlite

            On a database that is there:
              sipd schema check --database 'mysql://ser@127.0.0.1/ser?password_file=/etc/sipd.password'
              SIPD_DATABASE='mysql://ser@127.0.0.1/ser?password_file=/etc/sipd.password' sipd run --domain voice.example

            With a settings file:
              sipd check /etc/sipd.yaml
              sipd run --config /etc/sipd.yaml
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, UserCommand.self, AliasCommand.self,
            LocationCommand.self, SchemaCommand.self, OnlineCommand.self, MonitorCommand.self,
            ReloadCommand.self, StopCommand.self, PingCommand.self, PasswordCommand.self,
            ShowDatabaseCommand.self, MailCommand.self, GroupCommand.self, DomainCommand.self,
            NameCommand.self, AddressCommand.self, GatewayCommand.self, BanCommand.self,
        ])

    package init() {}

    /// Runs the command that the arguments name. Ours is the say about how failures look: one line, an exit code that
    /// says which kind.
    package static func main() async {
        // What sipd makes holds credentials: it is for its owner alone unless he widens it.
        umask(0o077)
        // A closed pipe is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            StandardError.write("sipd: \(failure)\n")
            Glibc.exit(failure.code.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
