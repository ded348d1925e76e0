// error: 'Action' initializer is inaccessible due to 'package' protection level
// error: 'relayToRequestURI' is inaccessible due to 'package' protection level

import SIPProxy

func forge() -> Action { Action(.relayToRequestURI) }
