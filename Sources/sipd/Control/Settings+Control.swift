import Glibc

extension Settings {
    /// Where the control socket of a daemon with these settings is; nil when there is no place for one.
    ///
    /// Beside the database's file, so that a command that names the database finds its daemon; where there is no file, in the
    /// folder that a service manager made for it, else in the user's.
    package var controlPath: String? {
        if let control { return control }
        if case .sqlite(let file) = database { return file + ".control" }
        if access("/run/sipd", W_OK) == 0 { return "/run/sipd/control" }
        return getenv("XDG_RUNTIME_DIR").map { String(cString: $0) + "/sipd.control" }
    }
}
