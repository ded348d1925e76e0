import SIPDNS
import SIPMariaDB

extension Settings {
    /// Where settings come from beside the defaults, in rising order of rank.
    package struct Sources: Sendable {
        package var file: SettingsNode?
        /// The process's environment; only names that begin with `SIPD_` are looked at.
        package var environment: [String: String]
        /// Values by path, as flags gave them.
        package var flags: [Flag]

        package init(
            file: SettingsNode? = nil, environment: [String: String] = [:], flags: [Flag] = []
        ) {
            self.file = file
            self.environment = environment
            self.flags = flags
        }
    }

    /// A flag of the command line, such as `--listen`, for the setting `path`.
    package struct Flag: Sendable {
        package let path: String
        package let name: String
        package let values: [String]

        package init(_ path: String, _ name: String, _ values: [String]) {
            self.path = path
            self.name = name
            self.values = values
        }
    }

    /// Reads all sources.
    ///
    /// - Throws: `SettingsProblems` with everything that is wrong, not the first alone.
    package init(_ sources: Sources) throws(SettingsProblems) {
        var problems: [SettingsProblem] = []
        let assignments =
            Self.assignments(file: sources.file, &problems)
            + Self.assignments(environment: sources.environment, &problems)
            + Self.assignments(flags: sources.flags)

        // The preset chooses the defaults of all others, so it is read before them wherever it stands.
        var preset = Settings()
        for (key, node) in assignments where key.path == "preset" {
            key.apply(node, &preset, &problems)
        }
        self.init(preset: preset.preset)
        var origins: [String: SettingsOrigin] = [:]
        for (key, node) in assignments where key.path != "preset" {
            key.apply(node, &self, &problems)
            origins[key.path] = node.origin
        }
        if problems.isEmpty { checkTogether(origins, &problems) }
        guard problems.isEmpty else { throw SettingsProblems(problems) }
    }

    private typealias Assignment = (key: SettingsKey, node: SettingsNode)

    private static func assignments(
        file: SettingsNode?, _ problems: inout [SettingsProblem]
    ) -> [Assignment] {
        guard let file else { return [] }
        return assignments(in: file, section: nil, &problems)
    }

    private static func assignments(
        in table: SettingsNode, section: String?, _ problems: inout [SettingsProblem]
    ) -> [Assignment] {
        let entries: [SettingsNode.Entry]
        switch table.content {
        case .table(let found): entries = found
        case .nothing: return []  // a section of which every key is commented out
        default:
            let noun = section.map { "a table of keys under '\($0)'" } ?? "a table of keys"
            problems.append(.init(table.origin, "expected \(noun), found \(table.noun)"))
            return []
        }
        var found: [Assignment] = []
        for entry in entries {
            let path = section.map { "\($0).\(entry.key)" } ?? entry.key
            if let key = SettingsKey.byPath[path], key.section == section {
                found.append((key, entry.value))
            } else if section == nil, SettingsKey.sections.contains(entry.key) {
                found += assignments(in: entry.value, section: entry.key, &problems)
            } else {
                problems.append(.init(entry.origin, unknown(entry.key, in: section)))
            }
        }
        return found
    }

    /// "unknown key …" with what was meant: a sibling, or the same word in another section.
    private static func unknown(_ key: String, in section: String?) -> String {
        let name = section.map { "unknown key '\(key)' in '\($0)'" } ?? "unknown key '\(key)'"
        let siblings = SettingsKey.all.filter { $0.section == section }
            .map { String($0.path.split(separator: ".").last ?? "") }
        let candidates = section == nil ? siblings + SettingsKey.sections.sorted() : siblings
        if let near = EditDistance.suggestion(for: key, among: candidates) {
            return "\(name), did you mean '\(near)'?"
        }
        let elsewhere = SettingsKey.all.first {
            $0.path == key || $0.path.split(separator: ".").last.map(String.init) == key
        }
        if let elsewhere {
            let place = elsewhere.section.map { "under '\($0):'" } ?? "at the top level"
            return "\(name), it belongs \(place)"
        }
        return "\(name); known are: \(candidates.joined(separator: ", "))"
    }

    private static func assignments(
        environment: [String: String], _ problems: inout [SettingsProblem]
    ) -> [Assignment] {
        let byName = Dictionary(
            uniqueKeysWithValues: SettingsKey.all.map { ($0.environmentName, $0) })
        var found: [Assignment] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("SIPD_") && name != configurationVariable {
            let origin = SettingsOrigin.environment(name)
            if let key = byName[name] {
                let parts =
                    key.isList ? value.split(separator: ",").map { $0.trimmingBlanks } : [value]
                found.append((key, node(parts, for: key, origin)))
            } else if let near = EditDistance.suggestion(
                for: name, among: Array(byName.keys) + [configurationVariable])
            {
                problems.append(.init(origin, "unknown, did you mean \(near)?"))
            }
            // Others are none of ours: Kubernetes sets SIPD_SERVICE_HOST for a service named sipd.
        }
        return found
    }

    /// The variable that names the settings file itself.
    package static let configurationVariable = "SIPD_CONFIG"

    private static func assignments(flags: [Flag]) -> [Assignment] {
        flags.compactMap { flag in
            SettingsKey.byPath[flag.path].map { key in
                (key, node(flag.values, for: key, .flag(flag.name)))
            }
        }
    }

    private static func node(
        _ values: [String], for key: SettingsKey, _ origin: SettingsOrigin
    ) -> SettingsNode {
        let texts = values.map { SettingsNode(origin, .text($0, plain: true)) }
        return key.isList
            ? SettingsNode(origin, .list(texts))
            : texts.last ?? SettingsNode(origin, .nothing)
    }

    /// What no single value shows.
    private func checkTogether(
        _ origins: [String: SettingsOrigin], _ problems: inout [SettingsProblem]
    ) {
        func complain(_ paths: [String], _ text: String) {
            guard let origin = paths.lazy.compactMap({ origins[$0] }).first else { return }
            problems.append(.init(origin, text))
        }
        for complaint in streamComplaints() + natComplaints() + gatewayComplaints() {
            complain(complaint.paths, complaint.text)
        }
        if location.minimumExpires > location.defaultExpires {
            complain(
                ["location.minimum_expires", "location.default_expires"],
                "minimum_expires (\(location.minimumExpires) s) is longer than "
                    + "default_expires (\(location.defaultExpires) s)")
        }
        if location.defaultExpires > location.maximumExpires {
            complain(
                ["location.maximum_expires", "location.default_expires"],
                "default_expires (\(location.defaultExpires) s) is longer than "
                    + "maximum_expires (\(location.maximumExpires) s)")
        }
        if dns.timeout > dns.deadline {
            complain(
                ["dns.timeout", "dns.deadline"],
                "timeout is longer than deadline: no answer "
                    + "is waited for beyond the deadline")
        }
        switch database {
        case .sqlite:
            if location.mode == .database {
                complain(
                    ["location.mode"],
                    "mode 3 is for several sipd on one database, mysql://…; a file has one: use mode 1"
                )
            }
        case .mariadb(let urls):
            for service in neededServices.sorted(by: { $0.rawValue < $1.rawValue })
            where urls[service] == nil {
                complain(["database"], "no database is named for \(service.rawValue)")
            }
            if !mariadb.usesDomain, domains.isEmpty {
                complain(
                    ["mariadb.use_domain"], "without domains in the tables, name one in domains")
            }
        }
        if preset == .ser, permissions.relayGroup != nil {
            complain(
                ["permissions.relay_group"],
                "preset ser relays for anybody, so a group does not close it: use preset home")
        }
        if authentication.qop.contains(.none), authentication.qop.count > 1 {
            complain(["authentication.qop"], "'none' stands alone: a challenge names a qop or not")
        }
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimmingBlanks: String {
        var rest = self.drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
