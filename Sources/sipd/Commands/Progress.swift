/// A line on standard error that says how far a long command is; silent unless a terminal shows it.
package struct Progress: Sendable {
    private let noun: String
    private let isShown: Bool

    package init(_ noun: String, isShown: Bool = StandardError.isTerminal) {
        self.noun = noun
        self.isShown = isShown
    }

    /// Rewrites the line.
    package func report(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let percent = done * 100 / total
        StandardError.write("\r\(done) of \(total) \(noun) (\(percent) %)\u{1B}[K")
        if done == total { StandardError.write("\n") }
    }
}
