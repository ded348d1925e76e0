// SIPProxy
