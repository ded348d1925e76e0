import Glibc

/// What the system said about the last call that failed.
package enum SystemError {
    package static var text: String { text(errno) }

    package static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
