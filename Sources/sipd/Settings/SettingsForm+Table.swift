extension SettingsForm {
    /// What a key of a table does to the value: reads its node, or adds problems.
    package typealias Column =
        @Sendable (SettingsNode, inout Value, inout [SettingsProblem]) -> Void

    /// A table of keys, each of which changes what `initial` is.
    ///
    /// - Parameters:
    ///   - required: keys that have to be there.
    ///   - columns: what the keys do.
    package static func table(
        _ expects: String, _ initial: Value, required: [String],
        _ columns: [(name: String, read: Column)]
    ) -> SettingsForm<Value> where Value: Sendable {
        SettingsForm(expects: expects) { node, problems in
            guard case .table(let entries) = node.content else {
                problems.append(.init(node.origin, "expected \(expects), found \(node.noun)"))
                return nil
            }
            let before = problems.count
            var value = initial
            let names = columns.map(\.name)
            for entry in entries {
                if let column = columns.first(where: { $0.name == entry.key }) {
                    column.read(entry.value, &value, &problems)
                    continue
                }
                let near = EditDistance.suggestion(for: entry.key, among: names)
                let hint =
                    near.map { ", did you mean '\($0)'?" }
                    ?? "; known are: \(names.joined(separator: ", "))"
                problems.append(.init(entry.origin, "unknown key '\(entry.key)'\(hint)"))
            }
            for name in required where !entries.contains(where: { $0.key == name }) {
                problems.append(.init(node.origin, "expected \(expects): '\(name)' is missing"))
            }
            return problems.count == before ? value : nil
        }
    }

    /// A key whose value goes to a property.
    package static func column<Field>(
        _ name: String, _ target: any WritableKeyPath<Value, Field> & Sendable,
        _ form: SettingsForm<Field>
    ) -> (name: String, read: Column) {
        (
            name,
            { node, value, problems in
                if let read = form.read(node, &problems) { value[keyPath: target] = read }
            }
        )
    }
}
