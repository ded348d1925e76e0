/// Where a value was written.
package enum SettingsOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Line and column count from 1, in Unicode scalars.
    case file(String, line: Int, column: Int)
    case environment(String)
    case flag(String)

    package var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let name): "environment variable \(name)"
        case .flag(let name): name
        }
    }
}

/// One thing that is wrong with the settings, and where.
package struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let origin: SettingsOrigin
    /// What is wrong and, where one can guess, what was meant.
    package let text: String

    package init(_ origin: SettingsOrigin, _ text: String) {
        self.origin = origin
        self.text = text
    }

    package var description: String { "\(origin): \(text)" }
}

/// All that is wrong with the settings, in the order of the places they were read from.
package struct SettingsProblems: Error, Equatable, CustomStringConvertible {
    package let problems: [SettingsProblem]

    package init(_ problems: [SettingsProblem]) { self.problems = problems }

    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
