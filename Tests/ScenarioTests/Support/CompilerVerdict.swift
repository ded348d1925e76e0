import Foundation
import TestPrograms
import Testing

/// What the compiler says of a file of a program that uses the library, compiled against the modules that the tests were built with.
struct CompilerVerdict {
    /// The errors, without place.
    let errors: [String]
    /// Everything it said.
    let text: String

    /// - Throws: when the build has no description to take the compiler's flags from, or the compiler does not start.
    init(of file: URL) throws {
        let build = Bundle.module.bundleURL.deletingLastPathComponent()
        // The missing return is found behind the type checker, by the passes on SIL.
        let compiler = try ChildProcess(
            "swiftc",
            ["-swift-version", "6", "-parse-as-library", "-emit-sil", "-o", "/dev/null"]
                + (try Self.flags(in: build)) + [file.path(percentEncoded: false)])
        try compiler.wait(within: 300)
        text = compiler.written(to: .error)
        errors = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix(" "), let start = line.firstRange(of: " error: ") else {
                return nil
            }
            return String(line[start.upperBound...])
        }
    }

    /// What SwiftPM compiled this very test target with: where the modules are, and the module maps of C libraries.
    private static func flags(in build: URL) throws -> [String] {
        struct Description: Decodable {
            struct Command: Decodable {
                let importPath: String
                let moduleName: String
                let otherArguments: [String]
            }
            let swiftCommands: [String: Command]
        }
        let file = build.appending(path: "description.json")
        let description = try JSONDecoder().decode(Description.self, from: Data(contentsOf: file))
        let command = try #require(
            description.swiftCommands.values.first { $0.moduleName == "ScenarioTests" })
        var flags = ["-I", command.importPath]
        // Not the package's name: a program outside of it is what these tests are about.
        for (flag, value) in zip(command.otherArguments, command.otherArguments.dropFirst())
        where flag == "-Xcc" || flag == "-target" || flag == "-sdk" { flags += [flag, value] }
        return flags
    }
}
