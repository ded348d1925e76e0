import SIPAuth
import SIPLocation
import SIPProxy

// The settings' words as the layers have them.

extension Settings.Mode {
    var mode: LocationService.Mode {
        switch self {
        // Mode 3 keeps nothing in memory.
        case .memory, .database: .memory
        case .writeThrough: .writeThrough
        case .writeBack: .writeBack
        }
    }
}

extension Settings.Algorithm {
    var algorithm: DigestAlgorithm {
        switch self {
        case .md5: .md5
        case .sha256: .sha256
        case .sha512256: .sha512t256
        }
    }
}

extension Settings.AddedPath {
    /// nil: no Path is added.
    var mode: PathMode? {
        switch self {
        case .none: nil
        case .strict: .strict
        case .lax: .lax
        }
    }
}

extension Settings.Qop {
    /// nil: the challenge names none.
    var qualityOfProtection: QualityOfProtection? {
        switch self {
        case .none: nil
        case .auth: .auth
        case .authInt: .authInt
        }
    }
}
