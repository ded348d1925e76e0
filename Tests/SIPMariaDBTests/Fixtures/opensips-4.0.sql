SET sql_mode = '';
CREATE TABLE `version` (
  `table_name` CHAR(32) NOT NULL,
  `table_version` INT UNSIGNED NOT NULL DEFAULT 0,
  CONSTRAINT t_name_idx UNIQUE (table_name)
) CHARACTER SET latin1;
CREATE TABLE `subscriber` (
  `id` INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  `username` CHAR(64) NOT NULL DEFAULT '',
  `domain` CHAR(64) NOT NULL DEFAULT '',
  `password` CHAR(25) NOT NULL DEFAULT '',
  `ha1` CHAR(64) NOT NULL DEFAULT '',
  `ha1_sha256` CHAR(64) NOT NULL DEFAULT '',
  `ha1_sha512t256` CHAR(64) NOT NULL DEFAULT '',
  CONSTRAINT account_idx UNIQUE (username, domain),
  KEY username_idx (username)
) CHARACTER SET latin1;
CREATE TABLE `location` (
  `contact_id` BIGINT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  `username` CHAR(64) NOT NULL DEFAULT '',
  `domain` CHAR(64) NULL,
  `contact` TEXT NOT NULL,
  `received` CHAR(255) NULL,
  `path` CHAR(255) NULL,
  `expires` INT(10) UNSIGNED NOT NULL,
  `q` FLOAT(10,2) NOT NULL DEFAULT 1.0,
  `callid` CHAR(255) NOT NULL DEFAULT 'Default-Call-ID',
  `cseq` INT(11) NOT NULL DEFAULT 13,
  `last_modified` DATETIME NOT NULL DEFAULT '1900-01-01 00:00:01',
  `flags` INT(11) NOT NULL DEFAULT 0,
  `cflags` CHAR(255) NULL,
  `user_agent` CHAR(255) NOT NULL DEFAULT '',
  `socket` CHAR(64) NULL,
  `methods` INT(11) NULL,
  `sip_instance` CHAR(255) NULL,
  `kv_store` TEXT(512) NULL,
  `attr` CHAR(255) NULL
) CHARACTER SET latin1;
CREATE TABLE `uri` (
  `id` INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  `username` CHAR(64) NOT NULL DEFAULT '',
  `domain` CHAR(64) NOT NULL DEFAULT '',
  `uri_user` CHAR(64) NOT NULL DEFAULT '',
  `last_modified` DATETIME NOT NULL DEFAULT '1900-01-01 00:00:01',
  CONSTRAINT account_idx UNIQUE (username, domain, uri_user)
) CHARACTER SET latin1;
CREATE TABLE `domain` (
  `id` INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  `domain` CHAR(64) NOT NULL DEFAULT '',
  `attrs` CHAR(255) NULL,
  `accept_subdomain` INT(11) UNSIGNED NOT NULL DEFAULT 0,
  `last_modified` DATETIME NOT NULL DEFAULT '1900-01-01 00:00:01',
  CONSTRAINT domain_idx UNIQUE (domain)
) CHARACTER SET latin1;
INSERT INTO version (table_name, table_version) VALUES ('subscriber', 8), ('location', 1013), ('uri', 2), ('domain', 4);
