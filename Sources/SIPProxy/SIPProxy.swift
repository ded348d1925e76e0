// Who imports SIPProxy writes routes: messages, accounts and registrations come with it.

@_exported public import SIPAuth
@_exported public import SIPCore
@_exported public import SIPLocation
