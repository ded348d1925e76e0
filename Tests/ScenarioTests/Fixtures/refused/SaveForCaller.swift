// error: cannot convert value of type 'Caller' to expected argument type 'Owner'

import SIPProxy

let users = FixedSubscribers()
let phones = LocationService()
let registrar = ClosureRouter { request in
    let caller = try await request.authenticate(.registrar, against: users)
    return try await phones.save(request, for: caller)
}
