// Who stands between phones and their registrar (RFC 3327).
extension Settings {
    package struct Path: Equatable, Sendable {
        /// What a registration with a Path gets whose phone does not say that it supports one.
        package var accepted = PathMode.strict
        /// Whether registrations that are passed on to other registrars get our Path.
        package var added = AddedPath.none
    }

    package enum PathMode: String, CaseIterable, Sendable {
        /// It is refused: 420, 421 where it would be ours.
        case strict
        case lax
    }

    package enum AddedPath: String, CaseIterable, Sendable {
        case none, strict, lax
    }
}
