// error: cannot convert value of type 'NameAddress' to expected argument type 'Caller'

import SIPProxy

let open = ClosureRouter { request in
    .relay(to: .foreign(request.uri, for: request.from))
}
