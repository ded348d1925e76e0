// error: cannot find 'Target' in scope
// error: 'Contacts' initializer is inaccessible due to 'package' protection level

import SIPProxy

func forge(_ request: RoutedRequest) -> Contacts { Contacts([Target(uri: request.uri)]) }
