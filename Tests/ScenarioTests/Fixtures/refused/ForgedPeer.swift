// error: 'Peer' initializer is inaccessible due to 'package' protection level

import SIPProxy

func forge(_ request: RoutedRequest) -> Action { .relay(via: Peer(endpoint: request.source)) }
