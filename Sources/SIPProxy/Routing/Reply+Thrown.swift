import SIPCore
import SIPLocation

extension Reply {
    /// The answer to a request whose route has thrown: a rejection is its response; a store that can't answer is 503, with the
    /// time after which it may be asked again; anything else is our own fault, 500.
    package init(thrown error: any Error) {
        switch error {
        case let rejection as Rejection: self.init(rejection)
        case is StoreError:
            self.init(Rejection(.serviceUnavailable).with(.retryAfter, bytes: Array("5".utf8)))
        default: self.init(.serverInternalError)
        }
    }
}
