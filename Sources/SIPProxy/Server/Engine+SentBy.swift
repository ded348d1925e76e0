import SIPCore
import SIPDNS
import SIPTransport

extension Engine {
    /// A message went nowhere that no client transaction waits for. If it is a response whose Via has a name, that is looked up.
    ///
    /// RFC 3263 section 5, when the connection of the request is gone and none can be opened to where it came from (RFC 3261 18.2.2): "If,
    /// however, the sent-by field contained a domain name and no port, the server queries for SRV records at that domain name [...] and
    /// the response is sent to the topmost element on the new list". Should that fail too, nothing comes after it: what else the name
    /// leads to is not tried, for a phone that is gone is gone.
    func lookUpSentBy(of message: StreamMessage, _ io: LoopIO) {
        guard case .response(let response)? = try? SIPMessage(message.bytes),
            let via = try? response.topVia, via.host.address == nil,
            let server = ServerQuery(via), message.destination.transport.canBeAlias
        else { return }
        Task.immediate { [self] in
            // Who can't be found is not told anything.
            let found = try? await resolver.destinations(of: server, random: nextRandom())
            let next = found?.first { endpoint in
                endpoint != message.destination && endpoint.address.isUnicast
                    && endpoint.transport.isReliable && !site.responsibility.includes(endpoint)
            }
            guard let next, let listener = site.listeners.firstIndex(where: { $0.reaches(next) })
            else { return }
            io.perform {
                io.sendOnce(
                    message.bytes, to: next, named: next.transport.isSecure ? server.host : nil,
                    from: listener)
            }
        }
    }
}
