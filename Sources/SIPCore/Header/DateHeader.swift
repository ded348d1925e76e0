/// When a message was first sent (RFC 3261 20.17).
public struct DateHeader: Hashable, Sendable {
    public let time: UnixTime

    public init(_ time: UnixTime) { self.time = time }

    /// A date from its text.
    ///
    /// - Throws: ``ParseError`` when it is none; the zone is always GMT.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension DateHeader: HeaderValue {
    package static var header: KnownHeader { .date }

    /// `rfc1123-date = wkday "," SP date1 SP time SP "GMT"`; the day of the week is not compared
    /// with the date.
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        _ = try cursor.index(in: "MONTUEWEDTHUFRISATSUN", "a day of the week")
        guard cursor.takeSeparator(0x2C) else { throw cursor.error("a comma") }
        let day = try cursor.digits(2, upTo: 31)
        cursor.skipWhiteSpace()
        let month = try cursor.index(in: "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", "a month") + 1
        cursor.skipWhiteSpace()
        let year = try cursor.digits(4, upTo: 9999)
        cursor.skipWhiteSpace()
        let hour = try cursor.digits(2, upTo: 23)
        try cursor.expect(0x3A, "a colon")
        let minute = try cursor.digits(2, upTo: 59)
        try cursor.expect(0x3A, "a colon")
        let second = try cursor.digits(2, upTo: 60)
        cursor.skipWhiteSpace()
        guard cursor.take(ignoringCase: "GMT") else { throw cursor.error("GMT") }
        guard day > 0, day <= CivilDate.days(inMonth: month, of: year) else {
            throw cursor.error("a day of that month")
        }
        let days = CivilDate.daysSince1970(year: year, month: month, day: day)
        time = UnixTime(seconds: Int64(days * 86_400 + hour * 3600 + minute * 60 + second))
    }
}

extension DateHeader: CustomStringConvertible {
    /// The date as it stands in a message: `Sat, 13 Nov 2010 23:29:00 GMT`.
    public var description: String {
        let seconds = Int(time.seconds)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let date = CivilDate(daysSince1970: days)
        let inDay = seconds - days * 86_400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][date.month - 1]
        let clock = "\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60))"
        return "\(weekday), \(two(date.day)) \(month) \(date.year) \(clock) GMT"
    }
}

/// A day of the Gregorian calendar.
private struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    /// Years are counted from March, so that the leap day is the last; eras have 400 years, 146,097
    /// days.
    init(daysSince1970: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Cursor {
    /// Exactly that many digits.
    fileprivate mutating func digits(_ count: Int, upTo limit: Int) throws(ParseError) -> Int {
        let start = position
        var value = 0
        while position - start < count {
            guard let byte = peek, byte.isIn(.digit) else { throw error("\(count) digits") }
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        guard value <= limit else { throw error("a number of at most \(limit)") }
        return value
    }

    /// Takes three letters, and tells which of the names in `names` they are, each three letters
    /// long.
    fileprivate mutating func index(in names: StaticString, _ name: String) throws(ParseError)
        -> Int
    {
        guard end - position >= 3 else { throw error(name) }
        let here = ByteSlice(bytes, position, position + 3)
        for index in 0..<names.utf8CodeUnitCount / 3 {
            let text = ByteSlice("\(names)").slice(index * 3..<index * 3 + 3)
            if here.equalsIgnoringCase(text) {
                position += 3
                return index
            }
        }
        throw error(name)
    }
}
