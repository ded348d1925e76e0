// error: cannot convert value of type 'URI' to expected argument type 'Contacts'

import SIPProxy

let phones = LocationService()
let open = ClosureRouter { request in
    let contacts = try await request.contacts(in: phones)
    return .relay(to: contacts.then(request.uri))
}
