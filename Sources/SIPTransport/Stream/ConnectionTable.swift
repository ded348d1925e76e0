import SIPCore
import Synchronization

/// Which connection leads where: what the loops of a proxy share of their connections.
final class ConnectionTable: Sendable {
    private struct State {
        /// Connections that others opened, by what tells them apart for the kernel.
        var accepted: [Accepted: Flow] = [:]
        /// Connections that lead to an address where somebody listens: those that were opened from
        /// here, and aliases (RFC 5923).
        var peers: [StreamPeer: Way] = [:]
        var count = 0
        var bySource: [IPAddress: Int] = [:]
    }

    /// How a message gets to its destination.
    enum Way: Hashable {
        case open(Flow)
        /// A loop is opening a connection there.
        case connecting(loop: Int)
    }

    private struct Accepted: Hashable {
        let remote: Endpoint
        let listener: Int
        let local: IPAddress?
    }

    private let state = Mutex(State())
    private let settings: StreamSettings

    init(_ settings: StreamSettings) { self.settings = settings }

    // MARK: Limits

    /// Counts a connection; false when there are too many already.
    func admit(_ source: IPAddress) -> Bool {
        state.withLock { state in
            let fromSource = state.bySource[source, default: 0]
            guard state.count < settings.maximumConnections,
                fromSource < settings.maximumConnectionsPerSource
            else { return false }
            state.count += 1
            state.bySource[source] = fromSource + 1
            return true
        }
    }

    /// A connection that was counted is gone.
    func release(_ source: IPAddress) {
        state.withLock { state in
            state.count -= 1
            let left = state.bySource[source, default: 1] - 1
            state.bySource[source] = left > 0 ? left : nil
        }
    }

    /// Connections that live, opened by either side.
    var count: Int { state.withLock { $0.count } }

    // MARK: Ways

    /// How to get to a message's destination.
    ///
    /// - Parameters:
    ///   - loop: who opens a connection when there is none and one can be opened.
    /// - Returns: nil when `loop` shall open one now.
    func way(for message: StreamMessage, from loop: Int) -> Way? {
        let peer = message.peer
        let accepted = Accepted(
            remote: message.destination, listener: message.listener, local: message.local)
        return state.withLock { state in
            // Whoever connected has proven no name.
            if peer.name == nil, let flow = state.accepted[accepted] { return .open(flow) }
            if let way = state.peers[peer] { return way }
            if message.mayConnect {
                state.peers[peer] = .connecting(loop: loop)
            }
            return nil
        }
    }

    func add(accepted flow: Flow, _ connection: StreamConnection) {
        let key = Accepted(
            remote: connection.remote, listener: connection.listener, local: connection.local)
        state.withLock { $0.accepted[key] = flow }
    }

    /// A connection leads to somebody who listens there.
    func add(_ flow: Flow, to peer: StreamPeer) {
        state.withLock { $0.peers[peer] = .open(flow) }
    }

    /// No connection leads there any more, unless it is another one by now.
    func remove(_ peer: StreamPeer, if way: Way) {
        state.withLock { state in
            if state.peers[peer] == way { state.peers[peer] = nil }
        }
    }

    func remove(accepted flow: Flow, _ connection: StreamConnection) {
        let key = Accepted(
            remote: connection.remote, listener: connection.listener, local: connection.local)
        state.withLock { state in
            if state.accepted[key] == flow { state.accepted[key] = nil }
        }
    }
}

extension Transport {
    /// Whether a proxy opens connections of that kind itself. A WebSocket client has no address to
    /// connect to (RFC 7118 section 5).
    var canConnect: Bool { self == .tcp || self == .tls }
}
