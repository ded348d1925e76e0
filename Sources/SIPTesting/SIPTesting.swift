// Who imports SIPTesting tests routes: the DSL, messages and accounts come with it.

@_exported public import SIPProxy
