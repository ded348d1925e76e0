// error: cannot assign to property: 'caller' setter is inaccessible

import SIPProxy

func steal(_ request: inout RoutedRequest, _ other: Caller) {
    request.caller = other
}
