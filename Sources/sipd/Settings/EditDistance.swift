/// How a misspelt word is matched with a known one.
package enum EditDistance {
    /// The number of insertions, deletions, replacements and swaps of neighbours that make one word the other.
    package static func between(_ left: String, _ right: String) -> Int {
        let a = Array(left)
        let b = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(
                    last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    /// The candidate that the word was meant to be, nil when none is near: a third of its letters may be wrong, at most
    /// three.
    package static func suggestion(for word: String, among candidates: [String]) -> String? {
        let word = word.lowercased()
        let ranked = candidates.map { (distance: between(word, $0.lowercased()), name: $0) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= min(3, max(1, best.name.count / 3)) ? best.name : nil
    }
}
