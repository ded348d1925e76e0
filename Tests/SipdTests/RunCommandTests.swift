import ArgumentParser
import SIPCore
import Testing
import sipd

@Suite("sipd run")
struct RunCommandTests {
    @Test("every flag reaches its setting")
    func flags() throws {
        let settings = try settings(
            "--listen", "udp:127.0.0.1:5070", "--listen", "udp:[::1]:5070", "--domain", "a.example",
            "--domain", "b.example", "--database", "sqlite:x", "--location-mode", "2", "--pid-file",
            "p")
        #expect(settings.listen.map(\.description) == ["udp:127.0.0.1:5070", "udp:[::1]:5070"])
        #expect(settings.domains == ["a.example", "b.example"])
        #expect(settings.database == .sqlite(path: "x"))
        #expect(settings.location.mode == .writeBack)
        #expect(settings.pidFile == "p")
    }

    @Test("without flags the environment decides, and without it the defaults")
    func defaults() throws {
        #expect(try settings() == Settings())
        #expect(
            try settings(environment: ["SIPD_LOCATION_MODE": "0"]).location.mode == .memory)
        #expect(
            try settings("--location-mode", "2", environment: ["SIPD_LOCATION_MODE": "0"])
                .location.mode == .writeBack)
    }

    @Test(
        "a wrong flag is told with its name",
        arguments: [
            (["--listen", "0.0.0.0:5060"], "--listen: expected an address such as"),
            (["--location-mode", "4"], "--location-mode: expected one of 0, 1, 2, 3, found '4'"),
            (["--database", "x"], "--database: expected a database such as"),
            (["--domain", "a@b"], "--domain: expected a domain such as voice.example"),
        ])
    func wrong(arguments: [String], expected: String) throws {
        let command = try #require(Sipd.parseAsRoot(["run"] + arguments) as? RunCommand)
        let failure = #expect(throws: Failure.self) {
            try Settings.load(file: nil, flags: command.flags, environment: [:])
        }
        #expect(failure?.code == .configuration)
        #expect(failure?.description.hasPrefix(expected) == true)
    }

    @Test("passwords are no arguments")
    func passwords() {
        #expect(throws: (any Error).self) {
            try Sipd.parseAsRoot(["user", "add", "alice@voice.example", "secret"])
        }
    }

    private func settings(_ arguments: String..., environment: [String: String] = [:]) throws
        -> Settings
    {
        let command = try #require(Sipd.parseAsRoot(["run"] + arguments) as? RunCommand)
        return try Settings.load(
            file: command.config, flags: command.flags, environment: environment)
    }
}
