package import Glibc
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Listens on the control socket while the daemon runs.
package final class ControlServer: Service {
    /// What a connection may take.
    package struct Limits: Sendable {
        package var connections = 32
        /// How long a request may take to arrive, and a line of an answer to be taken.
        package var patience = Duration.seconds(30)

        package init() {}
    }

    private let socket: ControlSocket
    private let desk: ControlDesk
    private let limits: Limits
    private let allowed: Set<uid_t>
    private let logger: Logger
    private let open = Mutex(0)

    /// - Parameter allowed: who may connect: the daemon's own user and root, whatever the file's mode says by now.
    package init(
        _ socket: ControlSocket, _ desk: ControlDesk, limits: Limits = Limits(),
        allowed: Set<uid_t> = [0, geteuid()], logger: Logger
    ) {
        self.socket = socket
        self.desk = desk
        self.limits = limits
        self.allowed = allowed
        self.logger = logger
    }

    /// Serves until the service group shuts down. Connections stay open: who waits for the process's end waits on one.
    package func run() async throws {
        // Never shut down: an answer under way to a connection would neither leave nor fail.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in accept(channel) }
            .withBoundSocket(socket.descriptor).get()
        logger.info("control socket", metadata: ["path": "\(socket.path)"])
        try? await gracefulShutdown()
        socket.remove()
        try? await listener.close()
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let count = open.withLock { count in
            count += 1
            return count
        }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { $0 -= 1 } }
        let writer = ControlWriter(channel: channel, patience: TimeAmount(limits.patience))
        guard count <= limits.connections else {
            writer.sendAndClose(
                ControlReply(
                    Failure(.unavailable, "\(limits.connections) commands are connected already")))
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return PeerCredentials.of(channel).flatMapThrowing { [self] peer in
            guard allowed.contains(peer.user) else {
                logger.warning(
                    "control refused",
                    metadata: ["user": "\(peer.user)", "process": "\(peer.process)"])
                writer.sendAndClose(
                    ControlReply(Failure(.noPermission, "this sipd belongs to another user")))
                return
            }
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(
                    LineDecoder(), maximumBufferSize: LineDecoder.longest),
                ControlConnection(desk, patience: TimeAmount(limits.patience)),
            ])
        }
    }
}

/// Who is at the other end of a UNIX socket, as the kernel noted it when the connection was made.
private struct PeerCredentials: Sendable {
    // The members of struct ucred, in its order (unix(7)).
    let process: pid_t
    let user: uid_t
    let group: gid_t

    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        return provider.unsafeGetSocketOption(level: .socket, name: option)
    }
}
