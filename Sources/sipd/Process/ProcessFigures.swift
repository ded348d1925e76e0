import Glibc

/// What the system says about this process.
enum ProcessFigures {
    /// Resident memory in bytes; 0 when /proc is not mounted.
    static var memory: Int {
        guard let text = try? TextFile.read("/proc/self/statm", noun: "process's size"),
            case let fields = text.split(separator: " "), fields.count > 1,
            let pages = Int(fields[1])
        else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Seconds of processor time since the process began.
    static var processor: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000
        }
    }
}
