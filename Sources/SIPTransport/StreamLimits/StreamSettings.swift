/// What a proxy bears from its stream connections: TCP, TLS and WebSocket together.
public struct StreamSettings: Hashable, Sendable {
    /// Connections that live at once; more are closed as soon as they come.
    public var maximumConnections = 65_536
    /// Connections from one address at once.
    public var maximumConnectionsPerSource = 1_024
    /// Bytes of a whole message.
    public var maximumMessage = 65_535
    /// Bytes of a message's start line and header section.
    public var maximumHeaders = 32_768
    /// Lines of a message's header section.
    public var maximumHeaderLines = 512
    /// How long a message may take from its first byte to its last, and a new connection to its
    /// first message.
    public var messageTime = Duration.seconds(15)
    /// How long a connection may be silent. It outlasts the longest registration, for the binding
    /// ends with its connection.
    public var idleTime = Duration.seconds(7_800)
    /// How long a TCP connection may take to come about.
    public var connectTime = Duration.seconds(5)
    /// How long a TLS or WebSocket handshake may take.
    public var handshakeTime = Duration.seconds(5)
    /// Bytes that wait for a peer to read them; when there are more, the connection is closed.
    public var writeQueue = 262_144
    /// Messages that wait for one connection to come about.
    public var maximumWaiting = 256
    /// Keep-alives that may come at once, and one more each second; a peer that sends more is
    /// closed.
    public var pingAllowance = 30
    /// How packets ask to be treated on the way; nil: as the system has it.
    public var dscp: DSCP?

    public init() {}
}
