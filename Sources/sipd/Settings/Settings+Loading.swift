import Foundation

extension Settings {
    /// Reads the settings of a process: file, environment, flags.
    ///
    /// - Parameters:
    ///   - file: The path of the settings file; nil: the one that `SIPD_CONFIG` names, or none.
    ///   - environment: The process's.
    /// - Throws: `Failure` with every problem, a line each.
    package static func load(
        file: String?, flags: [Flag] = [],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Failure) -> Settings {
        let path = file ?? environment[configurationVariable]
        do {
            let node = try path.map { path in
                try SettingsFile.parse(Self.text(of: path), path: path)
            }
            return try Settings(Sources(file: node, environment: environment, flags: flags))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.configuration, "\(error)")
        }
    }

    /// Everything that is wrong with a settings file, by itself.
    ///
    /// - Throws: `Failure` when it can't be read.
    package static func problems(inFile path: String) throws(Failure) -> [SettingsProblem] {
        let text = try text(of: path)
        do {
            _ = try Settings(Sources(file: SettingsFile.parse(text, path: path)))
            return []
        } catch let problem as SettingsProblem {
            return [problem]
        } catch let problems as SettingsProblems {
            return problems.problems
        } catch {
            throw Failure(.software, "\(error)")
        }
    }

    private static func text(of path: String) throws(Failure) -> String {
        try TextFile.read(path, noun: "settings file")
    }
}
