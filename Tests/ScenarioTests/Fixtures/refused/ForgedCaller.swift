// error: 'Caller' initializer is inaccessible due to 'internal' protection level
// error: 'site' is inaccessible due to 'internal' protection level

import SIPProxy

func forge(_ caller: Caller) -> Caller {
    Caller(username: "admin", domain: caller.domain, site: caller.site)
}
