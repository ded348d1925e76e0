import SIPLocation

/// What the server or the client library said went wrong, by its number.
struct ServerError: Error {
    let code: UInt32
    /// The server's words; they may hold a value that was bound.
    let text: String

    /// The connection is of no more use.
    var isConnectionLost: Bool {
        switch code {
        // Errors of the client library: the protocol is out of step at best.
        case 2000...2999, 5000...5999: true
        // Shutdown, killed, idle too long.
        case 1053, 1080, 1152, 1158...1161, 1927, 4031: true
        default: isHostUnfit
        }
    }

    /// Another host may do what this one does not: it takes no connection, no writes, or is no part of its cluster now.
    var isHostUnfit: Bool {
        switch code {
        case 2002, 2003, 2005: true  // Can't connect.
        case 1040, 1129, 1130, 1203, 1226: true  // Too many connections.
        case 1047: true  // A Galera node that is not in step with its cluster.
        case 1290, 1792, 1836: true  // Read-only.
        default: false
        }
    }

    /// It is over in a moment, without anybody's doing: the node of a Galera cluster is out of step while the cluster agrees
    /// on who is left.
    var isPassing: Bool { code == 1047 }

    /// Two transactions were in each other's way, and this one was undone: it can be made again. Galera says so too, when
    /// another node was quicker.
    var isConflict: Bool { code == 1213 || code == 1020 || isLockTimeout }

    /// It waited for a row that another transaction had locked, as long as it may.
    var isLockTimeout: Bool { code == 1205 }

    /// The server gave up, because it took longer than it may.
    var isTooSlow: Bool { code == 1969 || code == 3024 }

    private var kind: StoreError.Kind {
        switch code {
        case 1290, 1792, 1836, 1021, 1114, 1030, 1037, 1041: .notWritable
        case 1044, 1045, 1049, 1054, 1064, 1142, 1143, 1146, 1227, 1251, 1364, 1698: .unusable
        case 2059, 2061: .unusable
        case 1048, 1062, 1264, 1265, 1292, 1366, 1406, 1586: .refused
        default: .unavailable
        }
    }

    /// The words for the operator, without values.
    private var reason: String {
        switch code {
        case 1366, 1292, 1265:
            return "the value does not fit\(tail("for column"))"
        case 1062, 1586: return "there is one already\(tail("for key"))"
        case 1290, 1792, 1836: return "the server is read-only"
        case 1969, 3024: return "it took too long"
        case 2013: return "the connection was lost, or no answer came in time"
        default: return text
        }
    }

    private func tail(_ words: String) -> String {
        var rest = Substring(text)
        // The last time the words stand there: before it may stand a value.
        var found: Substring?
        while !rest.isEmpty {
            if rest.hasPrefix(words) { found = rest }
            rest = rest.dropFirst()
        }
        return found.map { " \($0)" } ?? ""
    }

    func storeError(_ what: String, at place: String) -> StoreError {
        StoreError(kind, "\(place): can't \(what): \(reason) (\(code))")
    }
}
