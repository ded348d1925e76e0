SET sql_mode = '';
CREATE TABLE `version` (
  `table_name` varchar(64) NOT NULL,
  `table_version` smallint(5) NOT NULL DEFAULT '0'
) CHARACTER SET latin1;
CREATE TABLE `subscriber` (
  `phplib_id` varchar(32) NOT NULL DEFAULT '',
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(128) NOT NULL DEFAULT '',
  `password` varchar(25) NOT NULL DEFAULT '',
  `first_name` varchar(25) NOT NULL DEFAULT '',
  `last_name` varchar(45) NOT NULL DEFAULT '',
  `phone` varchar(15) NOT NULL DEFAULT '',
  `email_address` varchar(50) NOT NULL DEFAULT '',
  `datetime_created` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `datetime_modified` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `confirmation` varchar(64) NOT NULL DEFAULT '',
  `flag` char(1) NOT NULL DEFAULT 'o',
  `sendnotification` varchar(50) NOT NULL DEFAULT '',
  `greeting` varchar(50) NOT NULL DEFAULT '',
  `ha1` varchar(128) NOT NULL DEFAULT '',
  `ha1b` varchar(128) NOT NULL DEFAULT '',
  `allow_find` char(1) NOT NULL DEFAULT '0',
  `timezone` varchar(128) NULL,
  `rpid` varchar(128) NULL,
  `domn` int(10) NULL,
  `uuid` varchar(64) NULL,
  UNIQUE KEY phplib_id (phplib_id),
  PRIMARY KEY (username, domain),
  KEY user_2 (username)
) CHARACTER SET latin1;
CREATE TABLE `location` (
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(128) NOT NULL DEFAULT '',
  `contact` varchar(255) NOT NULL DEFAULT '',
  `received` varchar(255) NULL,
  `expires` datetime NOT NULL DEFAULT '2020-05-28 21:32:15',
  `q` float(10,2) NOT NULL DEFAULT 1.0,
  `callid` varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
  `cseq` int(11) NOT NULL DEFAULT 42,
  `last_modified` timestamp NOT NULL,
  `replicate` int(10) unsigned NOT NULL DEFAULT '0',
  `state` tinyint(1) unsigned NOT NULL DEFAULT '0',
  `flags` int(11) NOT NULL DEFAULT '0',
  `user_agent` varchar(50) NOT NULL DEFAULT '',
  PRIMARY KEY (username, domain, contact)
) CHARACTER SET latin1;
CREATE TABLE `aliases` (
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(128) NOT NULL DEFAULT '',
  `contact` varchar(255) NOT NULL DEFAULT '',
  `received` varchar(255) NULL,
  `expires` datetime NOT NULL DEFAULT '2020-05-28 21:32:15',
  `q` float(10,2) NOT NULL DEFAULT 1.0,
  `callid` varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
  `cseq` int(11) NOT NULL DEFAULT 42,
  `last_modified` timestamp NOT NULL,
  `replicate` int(10) unsigned NOT NULL DEFAULT '0',
  `state` tinyint(1) unsigned NOT NULL DEFAULT '0',
  `flags` int(11) NOT NULL DEFAULT '0',
  `user_agent` varchar(50) NOT NULL DEFAULT '',
  PRIMARY KEY (username, domain, contact)
) CHARACTER SET latin1;
CREATE TABLE `uri` (
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(128) NOT NULL DEFAULT '',
  `uri_user` varchar(50) NOT NULL DEFAULT '',
  `last_modified` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (username, domain, uri_user)
) CHARACTER SET latin1;
CREATE TABLE `domain` (
  `domain` varchar(128) NOT NULL DEFAULT '',
  `last_modified` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (domain)
) CHARACTER SET latin1;
CREATE TABLE `grp` (
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(128) NOT NULL DEFAULT '',
  `grp` varchar(50) NOT NULL DEFAULT '',
  `last_modified` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (username, domain, grp)
) CHARACTER SET latin1;
INSERT INTO version (table_name, table_version) VALUES ('subscriber', 5), ('location', 6), ('aliases', 6), ('uri', 1), ('domain', 1), ('grp', 2);
INSERT INTO subscriber (phplib_id, username, domain, password) VALUES ('4cefa7a4d3c8c2dbf6328520bd873a19', 'admin', 'iptel.org', 'heslo');
