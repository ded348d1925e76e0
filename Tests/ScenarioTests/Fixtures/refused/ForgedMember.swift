// error: 'Member' initializer is inaccessible due to 'internal' protection level

import SIPProxy

func forge(_ caller: Caller) -> Action { .relay(by: Member(caller: caller, group: "pstn")) }
