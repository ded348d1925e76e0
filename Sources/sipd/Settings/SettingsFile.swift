import Foundation
import Yams

/// A settings file as nodes with their places.
package enum SettingsFile {
    /// Parses YAML; `path` is for messages alone.
    ///
    /// - Throws: `SettingsProblem` when it is not YAML, or a key stands twice.
    package static func parse(_ yaml: String, path: String) throws(SettingsProblem) -> SettingsNode
    {
        do {
            guard let root = try Yams.compose(yaml: yaml) else {
                return SettingsNode(.file(path, line: 1, column: 1), .table([]))
            }
            return node(root, path)
        } catch let error as YamlError {
            throw problem(error, yaml, path)
        } catch {
            throw SettingsProblem(.file(path, line: 1, column: 1), "not readable: \(error)")
        }
    }

    private static func node(_ node: Node, _ path: String) -> SettingsNode {
        let origin = origin(node.mark, path)
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain
            let isNothing = plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return SettingsNode(origin, isNothing ? .nothing : .text(scalar.string, plain: plain))
        case .sequence(let items):
            return SettingsNode(origin, .list(items.map { self.node($0, path) }))
        case .mapping(let pairs):
            let entries = pairs.map { key, value in
                SettingsNode.Entry(
                    key: key.scalar?.string ?? "", origin: self.origin(key.mark, path),
                    value: self.node(value, path))
            }
            return SettingsNode(origin, .table(entries))
        case .alias:
            return SettingsNode(origin, .nothing)
        }
    }

    private static func origin(_ mark: Mark?, _ path: String) -> SettingsOrigin {
        .file(path, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private static func problem(
        _ error: YamlError, _ yaml: String, _ path: String
    ) -> SettingsProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return SettingsProblem(origin(mark, path), "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let line = secondLine(of: key, after: context.mark, in: yaml)
            return SettingsProblem(
                .file(path, line: line, column: context.mark.column),
                "the key '\(key)' stands twice, first in line \(context.mark.line)")
        case .reader(let problem, _, _, _):
            return SettingsProblem(origin(nil, path), "not YAML: \(problem)")
        default:
            return SettingsProblem(origin(nil, path), "not YAML: \(error)")
        }
    }

    /// Yams names the first of two equal keys; the operator looks for the second: same indentation, further down.
    private static func secondLine(of key: String, after first: Mark, in yaml: String) -> Int {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let indentation = String(repeating: " ", count: max(0, first.column - 1))
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            guard line.hasPrefix(indentation + key) else { continue }
            let rest = line.dropFirst(indentation.count + key.count)
            if rest.drop(while: { $0 == " " }).first == ":" {
                return index + 1
            }
        }
        return first.line
    }
}
