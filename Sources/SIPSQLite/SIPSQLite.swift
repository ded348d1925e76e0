// SIPSQLite
