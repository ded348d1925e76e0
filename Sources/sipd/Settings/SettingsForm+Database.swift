import SIPLocation
import SIPMariaDB

extension SettingsForm<DatabaseAddress> {
    /// The store: `sqlite:PATH`, `mysql://…`, or a table of `mysql://…` by the services that each is for.
    ///
    /// No message shows a URL: a password may be part of it.
    package static var database: Self {
        let expects =
            "a database such as sqlite:/var/lib/sipd/sipd.sqlite or mysql://user@host/database"
        return SettingsForm(expects: expects) { node, problems in
            switch node.content {
            case .text(let text, _):
                address(text, "expected \(expects)", node, &problems)
            case .table(let entries): address(entries, node.origin, &problems)
            case .list, .nothing:
                problem("expected \(expects), found \(node.noun)", node.origin, &problems)
            }
        }
    }

    private static func address(
        _ text: String, _ expected: String, _ node: SettingsNode,
        _ problems: inout [SettingsProblem]
    ) -> DatabaseAddress? {
        if text.hasPrefix("sqlite:") {
            let path = String(text.dropFirst("sqlite:".count))
            guard !path.isEmpty, !path.contains("\0") else {
                return problem(
                    "\(expected), found \(node.noun): the path is missing", node.origin, &problems)
            }
            return .sqlite(path: path)
        }
        guard text.contains("://") else {
            let hint = text.contains(":") ? "" : ": put sqlite: in front of the path"
            return problem("\(expected), found \(node.noun)\(hint)", node.origin, &problems)
        }
        do throws(StoreError) {
            return .mariadb(ServiceURLs(try DatabaseURL(text)))
        } catch {
            return problem("\(expected): \(error.message)", node.origin, &problems)
        }
    }

    private static func address(
        _ entries: [SettingsNode.Entry], _ origin: SettingsOrigin,
        _ problems: inout [SettingsProblem]
    ) -> DatabaseAddress? {
        let before = problems.count
        var texts: [String: String] = [:]
        for entry in entries {
            guard case .text(let text, _) = entry.value.content else {
                problem(
                    "expected mysql://user@host/database, found \(entry.value.noun)",
                    entry.value.origin, &problems)
                continue
            }
            do throws(StoreError) {
                // By itself, so that what is wrong with it is told with its place.
                _ = try ServiceURLs([entry.key: text])
                texts[entry.key] = text
            } catch {
                problem(error.message, entry.origin, &problems)
            }
        }
        guard problems.count == before else { return nil }
        do throws(StoreError) {
            return .mariadb(try ServiceURLs(texts))
        } catch {
            return problem(error.message, origin, &problems)
        }
    }

    @discardableResult
    private static func problem(
        _ text: String, _ origin: SettingsOrigin, _ problems: inout [SettingsProblem]
    ) -> DatabaseAddress? {
        problems.append(.init(origin, text))
        return nil
    }
}
