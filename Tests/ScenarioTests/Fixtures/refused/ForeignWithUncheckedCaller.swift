// error: value of optional type 'Caller?' must be unwrapped to a value of type 'Caller'

import SIPProxy

let gateway = ClosureRouter { _ in
    .reply(.notFound)
} failed: { request, _ in
    let caller = request.caller
    return .relay(to: .foreign(request.uri, for: caller))
}
