// error: missing return in closure expected to return 'Action'

import SIPProxy

let doorman = ClosureRouter { request in
    switch request.method {
    case .ack: return .drop
    case .invite: try request.limitHops(to: 10)
    default: return .reply(.notFound)
    }
}
