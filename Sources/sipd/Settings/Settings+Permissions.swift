// Who may do what: which of the operator's tables count, and for what.
extension Settings {
    package struct Permissions: Equatable, Sendable {
        /// Whether the domains of table `domain` are served, beside those of the settings.
        package var servesTable = true
        package var names = Names.own
        /// The group whose members may call foreign domains; nil: everybody with an account.
        package var relayGroup: String?
        /// Requests from addresses that table `address` has in these groups need no credentials.
        package var trustedGroups: [Int] = []
        /// Seconds between two looks at the tables.
        package var interval = 10

        package init() {}
    }

    /// Which names an account may use in To (REGISTER) and From (INVITE).
    package enum Names: String, CaseIterable, Sendable {
        /// Its own.
        case own
        /// Those that table `uri` gives it, and no other: `use_uri_table` of the field.
        case table
        /// Its own and those of the table.
        case ownAndTable = "own_and_table"
    }
}
