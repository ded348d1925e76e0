import NIOSSL
import SIPCore

/// A WebSocket client that makes every frame by hand, right or wrong.
struct WebSocketClient {
    private(set) var wire: Wire

    struct Frame: Equatable {
        let opcode: UInt8
        let payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    static let handshake = """
        GET / HTTP/1.1\r
        Host: voice.test\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Protocol: sip\r
        \r

        """

    /// Connects, and makes the handshake.
    init(to endpoint: Endpoint, tls: NIOSSLContext? = nil, name: String? = nil) async throws {
        try await self.init(over: Wire(to: endpoint, tls: tls, name: name))
    }

    /// Makes the handshake over a connection.
    init(over connection: Wire) async throws {
        wire = connection
        try await wire.send(Self.handshake)
        let answer = try await Self.head(&wire)
        guard answer.hasPrefix("HTTP/1.1 101 ") else { throw Wire.Trouble.closed }
    }

    /// The header section of an HTTP response.
    static func head(_ wire: inout Wire) async throws -> String {
        var bytes: [UInt8] = []
        while bytes.suffix(4) != [13, 10, 13, 10] { bytes += try await wire.take(1) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func send(_ text: String) async throws {
        try await wire.send(Self.frame(0x81, Array(text.utf8)))
    }

    func send(_ bytes: [UInt8]) async throws { try await wire.send(bytes) }

    /// - Parameter first: FIN, reserved bits and opcode.
    static func frame(_ first: UInt8, _ payload: [UInt8], isMasked: Bool = true) -> [UInt8] {
        var bytes = [first]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: bytes.append(mask | UInt8(payload.count))
        case ..<65_536:
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(mask | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        guard isMasked else { return bytes + payload }
        let key: [UInt8] = [1, 2, 3, 4]
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    /// The next frame of the server, which must not be masked.
    mutating func next() async throws -> Frame {
        let head = try await wire.take(2)
        var length = Int(head[1])
        if length == 126 {
            let bytes = try await wire.take(2)
            length = Int(bytes[0]) << 8 | Int(bytes[1])
        }
        return Frame(opcode: head[0] & 0xF, payload: try await wire.take(length))
    }

    /// The number in the close frame that comes next.
    mutating func closeCode() async throws -> Int {
        let frame = try await next()
        guard frame.opcode == 8, frame.payload.count >= 2 else { return 0 }
        return Int(frame.payload[0]) << 8 | Int(frame.payload[1])
    }

    mutating func isClosedByPeer() async -> Bool { await wire.isClosedByPeer() }
}
