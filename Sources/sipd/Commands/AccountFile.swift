/// The accounts of an import file: lines `user@domain,password`.
///
/// Everything behind the first comma is the password, unless it begins with a quote: then it is quoted as in RFC 4180.
/// Empty lines and lines that begin with `#` are skipped.
package struct AccountFile {
    package struct Line: Equatable, Sendable {
        package let number: Int
        package let account: AccountName
        package let password: String
    }

    package let lines: [Line]

    /// Reads the whole text; `name` is for messages alone.
    ///
    /// - Throws: `Failure` that names the first wrong line and says how many more there are.
    package init(_ text: String, name: String) throws(Failure) {
        var lines: [Line] = []
        var firstLine: [AccountName: Int] = [:]
        var problems: [String] = []
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : Substring(text)
        let rows = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, row) in rows.enumerated() where !row.isEmpty && !row.hasPrefix("#") {
            let number = index + 1
            do throws(Complaint) {
                let (account, password) = try Self.parse(row)
                if let first = firstLine.updateValue(number, forKey: account) {
                    throw Complaint("\(account) stands in line \(first) already")
                }
                lines.append(Line(number: number, account: account, password: password))
            } catch {
                problems.append("\(name):\(number): \(error.hint ?? "")")
            }
        }
        if let first = problems.first {
            let more = problems.count == 1 ? "" : " (and \(problems.count - 1) more lines)"
            throw Failure(.data, "\(first)\(more); nothing was imported")
        }
        self.lines = lines
    }

    private static func parse(_ row: Substring) throws(Complaint) -> (AccountName, String) {
        guard let comma = row.firstIndex(of: ",") else {
            throw Complaint("expected user@domain,password")
        }
        guard let account = AccountName(argument: String(row[..<comma])) else {
            throw Complaint("'\(row[..<comma])' is no user@domain")
        }
        let field = row[row.index(after: comma)...]
        let password = field.hasPrefix("\"") ? try unquoted(field) : String(field)
        if let complaint = Password.complaint(password) { throw Complaint(complaint) }
        return (account, password)
    }

    private static func unquoted(_ field: Substring) throws(Complaint) -> String {
        let inner = field.dropFirst().dropLast()
        let withoutPairs = inner.replacing("\"\"", with: "")
        guard field.count >= 2, field.hasSuffix("\""), !withoutPairs.contains("\"") else {
            throw Complaint("the quotes around the password do not close")
        }
        return String(inner.replacing("\"\"", with: "\""))
    }
}
