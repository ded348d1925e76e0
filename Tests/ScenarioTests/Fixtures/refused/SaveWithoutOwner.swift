// error: missing argument for parameter 'for' in call

import SIPProxy

let phones = LocationService()
let registrar = ClosureRouter { request in
    try await phones.save(request)
}
