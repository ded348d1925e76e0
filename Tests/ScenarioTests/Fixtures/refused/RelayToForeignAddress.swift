// error: cannot convert value of type 'URI' to expected argument type 'Contacts'

import SIPProxy

let open = ClosureRouter { request in
    .relay(to: request.uri)
}
