/// One line a log event. What came from the network can neither start a line of its own nor move a terminal's cursor.
package struct LogLine {
    private var text: String

    /// Begins a `time level event` line.
    package init(time: String, level: String, event: String) {
        text = "\(time) \(level) \(LogLine.quotedIfNeeded(event, bare: LogLine.isBareInEvent))"
    }

    /// Appends ` key=value`.
    package mutating func append(_ key: String, _ value: String) {
        text += " \(LogLine.key(key))="
        text += LogLine.quotedIfNeeded(value, bare: LogLine.isBareInValue)
    }

    /// The finished line, with its end.
    package var line: String { text + "\n" }

    /// A JSON object on one line.
    package static func json(_ members: [(key: String, value: String)]) -> String {
        let body = members.map { "\(quoted($0.key)):\(quoted($0.value))" }
        return "{\(body.joined(separator: ","))}\n"
    }

    /// A JSON string: quotes, backslashes and everything that is not printable escaped.
    package static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            default: result += escape(scalar)
            }
        }
        return result + "\""
    }

    /// `\uXXXX`, with a surrogate pair where one is needed.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        UTF16.encode(scalar)?.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined() ?? ""
    }

    private static func quotedIfNeeded(
        _ value: String, bare: (Unicode.Scalar) -> Bool
    ) -> String {
        !value.isEmpty && value.unicodeScalars.allSatisfy(bare) ? value : quoted(value)
    }

    /// A key can not forge another: everything but letters, digits and `_.-` becomes `_`.
    private static func key(_ key: String) -> String {
        String(
            String.UnicodeScalarView(
                key.unicodeScalars.map { scalar in
                    scalar.isASCII
                        && (scalar.properties.isAlphabetic
                            || "0123456789_.-".unicodeScalars.contains(scalar))
                        ? scalar : "_"
                }))
    }

    private static func isBareInEvent(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || isBareInValue(scalar)
    }

    private static func isBareInValue(_ scalar: Unicode.Scalar) -> Bool {
        scalar != " " && scalar != "\"" && scalar != "\\" && scalar != "=" && isPrintable(scalar)
    }

    /// Neither a control, nor a line or paragraph separator, nor an invisible mark that turns the direction of text.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            return false
        default: return true
        }
    }
}
