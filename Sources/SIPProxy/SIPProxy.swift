// Who imports SIPProxy writes routes and settings: messages, accounts, registrations and the DNS come with it.

@_exported public import SIPAuth
@_exported public import SIPCore
@_exported public import SIPDNS
@_exported public import SIPLocation
