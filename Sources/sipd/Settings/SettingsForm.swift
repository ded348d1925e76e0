/// How a setting is written: what is expected, and how it is read.
package struct SettingsForm<Value>: Sendable {
    /// A noun phrase for messages: "a whole number from 0 to 2".
    package let expects: String
    /// Reads a node or adds a problem and answers nil.
    package let read: @Sendable (SettingsNode, inout [SettingsProblem]) -> Value?
}

/// Why a text is not what was expected; `nil` adds nothing to "expected …, found …".
package struct Complaint: Error {
    package let hint: String?
    package init(_ hint: String? = nil) { self.hint = hint }
}

extension SettingsForm {
    /// A form that is one word or line; numbers and truth values must not be quoted.
    package static func scalar(
        _ expects: String, quotable: Bool = true,
        _ parse: @escaping @Sendable (String) throws(Complaint) -> Value
    ) -> Self {
        SettingsForm(expects: expects) { node, problems in
            guard case .text(let text, let plain) = node.content else {
                problems.append(.init(node.origin, "expected \(expects), found \(node.noun)"))
                return nil
            }
            do throws(Complaint) {
                guard plain || quotable else { throw Complaint("remove the quotes") }
                return try parse(text)
            } catch {
                let hint = error.hint.map { ": " + $0 } ?? ""
                problems.append(
                    .init(node.origin, "expected \(expects), found \(node.noun)\(hint)"))
                return nil
            }
        }
    }

    /// The same, or nothing to return to the default.
    package static func optional<Wrapped>(_ form: SettingsForm<Wrapped>) -> Self
    where Value == Wrapped? {
        SettingsForm(expects: form.expects) { node, problems in
            guard let value = form.read(node, &problems) else { return nil }
            return .some(value)
        }
    }

    /// A list of them, at least one unless `mayBeEmpty`.
    package static func list<Element: Hashable & Sendable>(
        of form: SettingsForm<Element>, mayBeEmpty: Bool = true
    ) -> Self where Value == [Element] {
        SettingsForm(expects: "a list, each \(form.expects)") { node, problems in
            guard case .list(let nodes) = node.content else {
                let example = "write [\(node.plainText ?? "…")]"
                problems.append(
                    .init(
                        node.origin,
                        "expected a list, each \(form.expects), found \(node.noun): \(example)"))
                return nil
            }
            let before = problems.count
            var seen: Set<Element> = []
            var values: [Element] = []
            for item in nodes {
                guard let value = form.read(item, &problems) else { continue }
                if !seen.insert(value).inserted {
                    problems.append(.init(item.origin, "\(item.noun) stands in the list twice"))
                }
                values.append(value)
            }
            if nodes.isEmpty, !mayBeEmpty {
                problems.append(
                    .init(node.origin, "the list is empty: expected at least \(form.expects)"))
            }
            return problems.count == before ? values : nil
        }
    }

    /// A whole number in a range.
    package static func integer(_ range: ClosedRange<Int>) -> Self where Value == Int {
        let expects = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return .scalar(expects, quotable: false) { text throws(Complaint) in
            guard let number = Int(text), range.contains(number) else { throw Complaint() }
            return number
        }
    }

    /// `true` or `false`, with YAML's other spellings.
    package static var bool: SettingsForm<Bool> {
        .scalar("true or false", quotable: false) { text throws(Complaint) in
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: throw Complaint()
            }
        }
    }

    /// One of the names of an enumeration.
    package static func choice() -> Self
    where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        return .scalar("one of \(names.joined(separator: ", "))") { text throws(Complaint) in
            if let value = Value(rawValue: text) { return value }
            let near = EditDistance.suggestion(for: text, among: names)
            throw Complaint(near.map { "did you mean '\($0)'?" })
        }
    }

    /// One of the numbers of an enumeration.
    package static func number() -> Self
    where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == Int {
        let names = Value.allCases.map { String($0.rawValue) }
        let expects = "one of \(names.joined(separator: ", "))"
        return .scalar(expects, quotable: false) { text throws(Complaint) in
            guard let value = Int(text).flatMap(Value.init(rawValue:)) else { throw Complaint() }
            return value
        }
    }

    /// Seconds, alone or with a unit: 90, 90s, 5m, 1h, 1d.
    package static func seconds(_ range: ClosedRange<Int>) -> Self where Value == Int {
        let expects =
            "seconds from \(range.lowerBound) to \(range.upperBound) (90, 90s, 5m, 1h, 1d)"
        return .scalar(expects, quotable: false) { text throws(Complaint) in
            let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
            let unit = text.last.flatMap { units[$0] }
            guard let count = Int(unit == nil ? Substring(text) : text.dropLast()) else {
                throw Complaint()
            }
            let (seconds, tooLong) = count.multipliedReportingOverflow(by: unit ?? 1)
            guard !tooLong, range.contains(seconds) else { throw Complaint() }
            return seconds
        }
    }
}

extension SettingsForm<Duration> {
    /// A time with its unit: 500ms, 4s, 3m.
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let expects = "a time from \(range.lowerBound.text) to \(range.upperBound.text)"
        return .scalar(expects, quotable: false) { text throws(Complaint) in
            let units = [("ms", Duration.milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60))]
            guard let (unit, length) = units.first(where: { text.hasSuffix($0.0) }),
                let count = Int32(text.dropLast(unit.count))
            else { throw Complaint("write it with its unit: ms, s or m") }
            let duration = length * count
            guard range.contains(duration) else { throw Complaint() }
            return duration
        }
    }
}

extension Duration {
    /// As it is written in settings.
    fileprivate var text: String {
        self < .seconds(1) ? "\(Int(self / .milliseconds(1)))ms" : "\(Int(self / .seconds(1)))s"
    }
}

extension SettingsNode {
    /// The text, when the node is one.
    fileprivate var plainText: String? {
        if case .text(let text, _) = content { text } else { nil }
    }
}
