import Foundation

/// Rows of a `list` command: columns for eyes, or JSON for programs (`--json`: one array of objects).
package struct Listing {
    package enum Cell: Equatable, ExpressibleByStringLiteral {
        case text(String)
        case number(Int64)
        /// A blank for eyes, `null` in JSON.
        case nothing

        package init(stringLiteral value: String) { self = .text(value) }
    }

    package let columns: [String]
    private var rows: [[Cell]] = []

    package init(_ columns: [String]) { self.columns = columns }

    package mutating func append(_ row: [Cell]) { rows.append(row) }

    /// The header and the rows, columns two blanks apart. What is not printable is escaped: a phone chose it.
    package var table: String {
        let cells = [columns.map { $0.uppercased() }] + rows.map { row in row.map(\.forEyes) }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            var line = padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    package var json: String {
        let objects = rows.map { row in
            let members = zip(columns, row).map { column, cell in
                "\(LogLine.quoted(column)): \(cell.json)"
            }
            return "  {\(members.joined(separator: ", "))}"
        }
        return objects.isEmpty ? "[]\n" : "[\n\(objects.joined(separator: ",\n"))\n]\n"
    }

    /// Writes it to standard output.
    package func print(asJSON: Bool) {
        FileHandle.standardOutput.write(Data((asJSON ? json : table).utf8))
    }
}

extension Listing.Cell {
    fileprivate var forEyes: String {
        switch self {
        case .text(let text):
            let quoted = LogLine.quoted(text)
            return quoted.dropFirst().dropLast() == text ? text : quoted
        case .number(let number): return String(number)
        case .nothing: return ""
        }
    }

    fileprivate var json: String {
        switch self {
        case .text(let text): LogLine.quoted(text)
        case .number(let number): String(number)
        case .nothing: "null"
        }
    }
}
