import Foundation
import SIPCore

/// Turns moments into what time columns hold, and back.
///
/// DATETIME has no zone: Kamailio and SER put the local time of their process there. In the hour that autumn repeats, a
/// moment can be an hour off, as it is for them.
struct ColumnClock {
    private let clock: MariaDBSettings.Clock
    /// The half hour that was converted last, since most rows are of few hours: its fields without minutes, and its begin.
    private var last: (time: CalendarTime, begin: Int64)?

    init(_ clock: MariaDBSettings.Clock) { self.clock = clock }

    /// Nil for a zero date, and for what is no date.
    mutating func moment(_ row: Row, _ index: Int, _ column: Column) -> UnixTime? {
        if let time = row.time(index) {
            return moment(time, isUTC: column.kind == .timestamp || clock == .utc)
        }
        return row.integer(index).map { UnixTime(seconds: $0) }
    }

    func value(_ moment: UnixTime, for column: Column) -> Value {
        switch column.kind {
        case .datetime: .text(text(moment, isUTC: clock == .utc))
        case .timestamp: .text(text(moment, isUTC: true))
        default: .integer(moment.seconds)
        }
    }

    private mutating func moment(_ time: CalendarTime, isUTC: Bool) -> UnixTime? {
        guard time.year > 0, 1...12 ~= time.month, 1...31 ~= time.day else { return nil }
        var half = time
        half.minute = time.minute / 30 * 30
        half.second = 0
        let offset = Int64(time.minute - half.minute) * 60 + Int64(time.second)
        if !isUTC, let last, last.time == half { return UnixTime(seconds: last.begin + offset) }
        // The structure's pointer to the name of the zone is what makes it unsafe; it is not read here.
        var fields = unsafe tm()
        unsafe fields.tm_year = half.year - 1900
        unsafe fields.tm_mon = half.month - 1
        unsafe fields.tm_mday = half.day
        unsafe fields.tm_hour = half.hour
        unsafe fields.tm_min = half.minute
        unsafe fields.tm_isdst = -1
        // Both read and write the one structure that is given.
        let begin = isUTC ? unsafe Int64(timegm(&fields)) : unsafe Int64(mktime(&fields))
        if !isUTC { last = (half, begin) }
        return UnixTime(seconds: begin + offset)
    }

    private func text(_ moment: UnixTime, isUTC: Bool) -> String {
        // DATETIME ends with the year 9999.
        var seconds = time_t(min(max(moment.seconds, -62_000_000_000), 253_370_000_000))
        var fields = unsafe tm()
        // Both read the number and write the structure that are given.
        _ = isUTC ? unsafe gmtime_r(&seconds, &fields) : unsafe localtime_r(&seconds, &fields)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let year = unsafe String(fields.tm_year + 1900)
        let date = unsafe "-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))"
        let time = unsafe " \(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
        return String(repeating: "0", count: max(0, 4 - year.utf8.count)) + year + date + time
    }
}
