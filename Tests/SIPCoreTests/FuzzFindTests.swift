import Testing

@Suite("finds of the fuzz targets") struct FuzzFindTests {
    @Test("stay fixed", arguments: Invariant.allCases)
    func replay(_ invariant: Invariant) throws {
        let paths = Fixture.paths(under: "fuzz-finds/\(invariant.rawValue)", suffix: "")
        for path in paths {
            let bytes = try Fixture.bytes(path)
            do throws(Violation) {
                try invariant.check(bytes)
            } catch {
                Issue.record("\(path): \(error)")
            }
        }
    }

    @Test("hold for every fixture too", arguments: ["rfc4475", "rfc5118", "call-flows/rfc3665"])
    func fixtures(_ folder: String) throws {
        for suffix in [".dat", ".sip"] {
            for path in Fixture.paths(under: folder, suffix: suffix) {
                let bytes = try Fixture.bytes(path)
                do throws(Violation) {
                    try Invariant.message.check(bytes)
                    try Invariant.framer.check([7] + bytes + bytes)
                } catch {
                    Issue.record("\(path): \(error)")
                }
            }
        }
    }
}
