import SIPCore
import Testing
import sipd

@Suite("settings sources")
struct SettingsSourcesTests {
    @Test("a flag wins over the environment, which wins over the file, which wins over the default")
    func rank() throws {
        let file = try SettingsFile.parse(
            "max_forwards: 11\nmax_message_size: 2000\nevent_loops: 1", path: "f")
        let environment = ["SIPD_MAX_FORWARDS": "12", "SIPD_MAX_MESSAGE_SIZE": "3000", "HOME": "/"]
        let flags = [Settings.Flag("max_forwards", "--max-forwards", ["13"])]
        let settings = try Settings(.init(file: file, environment: environment, flags: flags))
        #expect(settings.maxForwards == 13)
        #expect(settings.maxMessageSize == 3000)
        #expect(settings.eventLoops == 1)
        #expect(settings.location.maximumContacts == 10)
    }

    @Test("lists in the environment are parted by commas, and replace the file's")
    func lists() throws {
        let file = try SettingsFile.parse("domains: [a.example]", path: "f")
        let environment = ["SIPD_DOMAINS": "b.example, c.example", "SIPD_LOCATION_MODE": "2"]
        let settings = try Settings(.init(file: file, environment: environment))
        #expect(settings.domains == ["b.example", "c.example"])
        #expect(settings.location.mode == .writeBack)
    }

    @Test("a flag that is repeated makes a list")
    func repeated() throws {
        let flags = [Settings.Flag("listen", "--listen", ["udp:127.0.0.1:1", "udp:127.0.0.1:2"])]
        #expect(try Settings(.init(flags: flags)).listen.map(\.port) == [1, 2])
    }

    @Test(
        "a wrong value outside the file is told with its variable or flag",
        arguments: [
            (
                ["SIPD_MAX_FORWARDS": "x"], [],
                "environment variable SIPD_MAX_FORWARDS: expected a whole number from 1 to 255, found 'x'"
            ),
            (
                ["SIPD_LISTNE": "x"], [],
                "environment variable SIPD_LISTNE: unknown, did you mean SIPD_LISTEN?"
            ),
            (
                [:], [Settings.Flag("location.mode", "--location-mode", ["5"])],
                "--location-mode: expected one of 0, 1, 2, 3, found '5'"
            ),
        ])
    func wrong(environment: [String: String], flags: [Settings.Flag], expected: String) {
        #expect {
            try Settings(.init(environment: environment, flags: flags))
        } throws: { error in
            (error as? SettingsProblems)?.description == expected
        }
    }

    @Test("variables that Kubernetes sets for a service named sipd are left alone")
    func kubernetes() throws {
        let environment = [
            "SIPD_SERVICE_HOST": "10.0.0.1", "SIPD_SERVICE_PORT": "5060",
            "SIPD_PORT": "udp://10.0.0.1",
            "SIPD_PORT_5060_UDP_ADDR": "10.0.0.1", "SIPD_CONFIG": "/etc/sipd.yaml",
        ]
        #expect(try Settings(.init(environment: environment)) == Settings())
    }
}
