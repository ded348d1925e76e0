// SIPLocation
