import SIPCore

/// What a branch ended with.
enum FinalResponse {
    /// A response, our Via already taken off.
    case received(SIPStatus, [UInt8])
    /// Nothing came in time, or nobody could be reached (16.8, 16.9: as if 408, 503 had come).
    case local(SIPStatus)

    var status: SIPStatus {
        switch self {
        case .received(let status, _): status
        case .local(let status): status
        }
    }

    /// The response; none when the proxy stands in for somebody.
    var bytes: [UInt8] {
        if case .received(_, let bytes) = self { bytes } else { [] }
    }
}
