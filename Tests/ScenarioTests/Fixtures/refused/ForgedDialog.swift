// error: 'Dialog' initializer is inaccessible due to 'package' protection level

import SIPProxy

func forge() -> Action { .relay(in: Dialog()) }
