// error: 'BestResponse' initializer is inaccessible due to 'package' protection level

import SIPProxy

func forge() -> Action { .reply(with: BestResponse(.busyHere, attempts: 1)) }
