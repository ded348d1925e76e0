// error: 'Contacts' initializer is inaccessible due to 'package' protection level

import SIPProxy

func forge() -> Action { .relay(to: Contacts([])) }
