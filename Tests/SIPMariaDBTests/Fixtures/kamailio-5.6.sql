-- The tables as kamailio-mysql-modules 5.6.3 makes them, and two rows that Kamailio 5.6.3 wrote in New York's local time.
CREATE TABLE `version` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `table_name` varchar(32) NOT NULL,
  `table_version` int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `table_name_idx` (`table_name`)
) ENGINE=InnoDB AUTO_INCREMENT=14 DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
INSERT INTO `version` (`id`, `table_name`, `table_version`) VALUES (1,'version',1);
INSERT INTO `version` (`id`, `table_name`, `table_version`) VALUES (2,'subscriber',7);
INSERT INTO `version` (`id`, `table_name`, `table_version`) VALUES (3,'location',9);
CREATE TABLE `subscriber` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(64) NOT NULL DEFAULT '',
  `password` varchar(64) NOT NULL DEFAULT '',
  `ha1` varchar(128) NOT NULL DEFAULT '',
  `ha1b` varchar(128) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`),
  UNIQUE KEY `account_idx` (`username`,`domain`),
  KEY `username_idx` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
CREATE TABLE `location` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `ruid` varchar(64) NOT NULL DEFAULT '',
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(64) DEFAULT NULL,
  `contact` varchar(512) NOT NULL DEFAULT '',
  `received` varchar(128) DEFAULT NULL,
  `path` varchar(512) DEFAULT NULL,
  `expires` datetime NOT NULL DEFAULT '2030-05-28 21:32:15',
  `q` float(10,2) NOT NULL DEFAULT 1.00,
  `callid` varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
  `cseq` int(11) NOT NULL DEFAULT 1,
  `last_modified` datetime NOT NULL DEFAULT '2000-01-01 00:00:01',
  `flags` int(11) NOT NULL DEFAULT 0,
  `cflags` int(11) NOT NULL DEFAULT 0,
  `user_agent` varchar(255) NOT NULL DEFAULT '',
  `socket` varchar(64) DEFAULT NULL,
  `methods` int(11) DEFAULT NULL,
  `instance` varchar(255) DEFAULT NULL,
  `reg_id` int(11) NOT NULL DEFAULT 0,
  `server_id` int(11) NOT NULL DEFAULT 0,
  `connection_id` int(11) NOT NULL DEFAULT 0,
  `keepalive` int(11) NOT NULL DEFAULT 0,
  `partition` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ruid_idx` (`ruid`),
  KEY `account_contact_idx` (`username`,`domain`,`contact`),
  KEY `expires_idx` (`expires`),
  KEY `tcpcon_idx` (`connection_id`),
  KEY `connection_idx` (`server_id`,`connection_id`)
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
INSERT INTO `location` (`id`, `ruid`, `username`, `domain`, `contact`, `received`, `path`, `expires`, `q`, `callid`, `cseq`, `last_modified`, `flags`, `cflags`, `user_agent`, `socket`, `methods`, `instance`, `reg_id`, `server_id`, `connection_id`, `keepalive`, `partition`) VALUES (1,'uloc-6b0435a3-4487-1','alice','voice.example','sip:alice@192.0.2.1:5060;ob','sip:198.51.100.7:40000;transport=tcp','<sip:edge.example;lr;ob>','2026-11-23 08:46:30',0.33,'c55892@x',7,'2026-11-23 07:46:30',0,0,'Phone/1.0','udp:127.0.0.1:25161',13,'<urn:uuid:1>',1,0,-1,0,0);
INSERT INTO `location` (`id`, `ruid`, `username`, `domain`, `contact`, `received`, `path`, `expires`, `q`, `callid`, `cseq`, `last_modified`, `flags`, `cflags`, `user_agent`, `socket`, `methods`, `instance`, `reg_id`, `server_id`, `connection_id`, `keepalive`, `partition`) VALUES (2,'uloc-6b0435a3-4487-2','bob','voice.example','sip:bob@192.0.2.2','sip:198.51.100.7:40000;transport=tcp',NULL,'2026-11-23 07:56:30',-1.00,'c45074@x',7,'2026-11-23 07:46:30',0,0,'Phone/1.0','udp:127.0.0.1:25161',NULL,NULL,0,0,-1,0,0);
