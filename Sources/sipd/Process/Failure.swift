import SIPDNS
import SIPLocation
import SIPProxy
import SIPTransport

/// Why `sipd` ends: one line that names the fix, and an exit code as in sysexits.h.
package struct Failure: Error, Equatable, CustomStringConvertible {
    package enum Code: Int32, Sendable {
        /// `sipd check` found problems, `sipd user rm` found nobody.
        case negative = 1
        /// EX_DATAERR: the input is wrong.
        case data = 65
        /// EX_NOINPUT: an input file can't be read.
        case noInput = 66
        /// EX_UNAVAILABLE: a port is taken, another `sipd` runs.
        case unavailable = 69
        /// EX_SOFTWARE: our own mistake.
        case software = 70
        /// EX_CANTCREAT: a file can't be made or written.
        case cantCreate = 73
        /// EX_NOPERM: permissions are too narrow or too wide.
        case noPermission = 77
        /// EX_CONFIG: the settings are wrong.
        case configuration = 78
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension Failure {
    /// What a store could not do, as the end of a command.
    init(_ error: StoreError) {
        let code: Code =
            switch error.kind {
            case .unavailable, .overloaded: .unavailable
            case .notWritable: .cantCreate
            case .unusable, .refused: .data
            }
        let hint =
            switch error.kind {
            case .unusable where error.message.contains("no table "):
                "; sipd schema create makes missing tables"
            case .unavailable where error.message.contains("can't connect to "):
                "; start the server, or name another with --database"
            default: ""
            }
        self.init(code, error.message + hint)
    }

    /// What ended a start or a run.
    init(anything error: any Error) {
        switch error {
        case let failure as Failure:
            self = failure
        case let error as StoreError:
            self.init(error)
        case let error as ListenError:
            self.init(
                error.reason == .notPermitted ? .noPermission : .unavailable,
                "can not listen on \(error.endpoint): \(error)")
        case let error as TLSError:
            self.init(.configuration, "tls: \(error)")
        case let error as ProxySettingsError:
            self.init(.configuration, "\(error)")
        case let error as DNSSettingsError:
            self.init(.configuration, "\(error)")
        default:
            self.init(.software, "\(error)")
        }
    }
}
