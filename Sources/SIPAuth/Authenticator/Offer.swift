/// What is offered to phones, without arrays: it is looked into for every request.
struct Offer: Sendable {
    /// A bit for each algorithm, by its strength.
    private var algorithms: UInt8 = 0
    private let offersAuth: Bool
    private let offersAuthInt: Bool
    private let acceptsMissingQop: Bool

    init(_ settings: DigestAuthenticator.Settings) {
        for algorithm in settings.algorithms { algorithms |= 1 << algorithm.strength }
        offersAuth = settings.qop.contains(.auth)
        offersAuthInt = settings.qop.contains(.authInt)
        acceptsMissingQop = settings.acceptsMissingQop
    }

    func includes(_ algorithm: DigestAlgorithm) -> Bool {
        algorithms & 1 << algorithm.strength != 0
    }

    func accepts(_ qop: QualityOfProtection?) -> Bool {
        switch qop {
        case .auth: offersAuth
        case .authInt: offersAuthInt
        case nil: acceptsMissingQop || !offersAuth && !offersAuthInt
        }
    }
}
