import Foundation

/// Rows of a `list` command: columns for eyes, or JSON for programs (`--json`: one array of objects).
package struct Listing {
    package let columns: [String]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [String]) { self.columns = columns }

    package mutating func append(_ row: [String]) { rows.append(row) }

    /// The header and the rows, columns two blanks apart. What is not printable is escaped: a phone chose it.
    package var table: String {
        let cells = ([columns.map { $0.uppercased() }] + rows).map { row in row.map(Self.printable)
        }
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
                "\(LogLine.quoted(column)): \(LogLine.quoted(cell))"
            }
            return "  {\(members.joined(separator: ", "))}"
        }
        return objects.isEmpty ? "[]\n" : "[\n\(objects.joined(separator: ",\n"))\n]\n"
    }

    /// Writes it to standard output.
    package func print(asJSON: Bool) {
        FileHandle.standardOutput.write(Data((asJSON ? json : table).utf8))
    }

    private static func printable(_ cell: String) -> String {
        let quoted = LogLine.quoted(cell)
        return quoted.dropFirst().dropLast() == cell ? cell : quoted
    }
}
