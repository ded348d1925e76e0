// error: 'Owner' initializer is inaccessible due to 'internal' protection level

import SIPProxy

func forge(_ caller: Caller, _ address: AddressOfRecord) -> Owner {
    Owner(address: address, caller: caller)
}
