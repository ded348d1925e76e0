import Foundation
import GRDB
import SIPLocation

extension StoreError {
    /// An error of SQLite in words for the operator. The values that were bound never stand in it.
    init(_ error: any Error, _ what: String, _ path: String) {
        guard let error = error as? DatabaseError else {
            self =
                error as? StoreError ?? StoreError(.unavailable, "\(path): can't \(what): \(error)")
            return
        }
        let (kind, reason): (Kind, String) =
            switch error.resultCode {
            case .SQLITE_CANTOPEN:
                (.notWritable, "there is no such folder, or no permission to open the file")
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
                (.notWritable, "the file or its folder is not writable")
            case .SQLITE_FULL:
                (.notWritable, "the disk is full")
            case .SQLITE_IOERR:
                (
                    .notWritable,
                    "reading or writing the disk failed (\(error.extendedResultCode.rawValue))"
                )
            case .SQLITE_NOTADB:
                (.unusable, "the file is not an SQLite database")
            case .SQLITE_CORRUPT:
                (.unusable, "the file is damaged")
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
                (.unavailable, "another process holds the file too long")
            case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE:
                (.refused, error.message ?? "the value does not fit")
            case .SQLITE_MISUSE:
                (.unavailable, "the file is closed")
            case .SQLITE_ERROR:
                // A missing or foreign table or column, named in SQLite's message.
                (.unusable, error.message ?? "an error in a statement")
            default:
                (.unavailable, error.message ?? "error \(error.extendedResultCode.rawValue)")
            }
        self.init(kind, "\(path): can't \(what): \(reason)")
    }
}
