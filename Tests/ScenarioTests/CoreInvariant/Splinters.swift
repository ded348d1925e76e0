/// What parsers stumble over.
enum Splinters {
    static let all: [[UInt8]] =
        [
            "\0", "\r", "\n", "\r\n", "\r\n\r\n", "\r\n ", ":", ";", ",", "\"", "\\", "<", ">",
            "@", "%", "%00", "%zz", "[", "]", "[::]", "?", "=", ";;", "sip:", "sips:", "tel:",
            "SIP/2.0", "z9hG4bK", ";branch=", ";rport", ";rport=", ";received=", ";maddr=1.2.3.4",
            ";lr", ";tag=", ";sig=", "65536", "0", "-1", "4294967296", "99999999999999999999",
            "Content-Length: 9999\r\n", "Via: SIP/2.0/UDP x\r\n", "Route: <sip:10.0.0.1;lr>\r\n",
            "To: <sip:a@b>\r\n", "CSeq: 1 ACK\r\n", "CANCEL", "ACK", "INVITE", "REGISTER", "é",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC3], Array(repeating: 0x61, count: 4096), Array(repeating: 0x2C, count: 300),
        ]
}
