// SIPAuth
