package import SIPCore

/// Where a loop's connections hand what came. It is only called on its event loop.
package protocol StreamSink: AnyObject {
    /// A whole message came.
    func receive(_ bytes: [UInt8], on connection: StreamConnection)

    /// Where the next message begins can't be known; the connection is closed when this returns, and
    /// what was sent over it meanwhile leaves before.
    ///
    /// - Parameter head: the header section of the message, when it was whole; else empty.
    func broken(_ reason: StreamFramer.Reason, head: [UInt8], on connection: StreamConnection)

    /// What was waiting on a connection has been handed over.
    func burstEnded()

    /// A message did not leave: nobody answers there, or the connection ended first.
    func undelivered(_ message: StreamMessage)

    /// A connection ended, and its flow with it.
    func ended(_ connection: StreamConnection, because end: StreamEnd)

    /// A connection was refused, or ended before it could carry a message.
    func refused(_ remote: Endpoint, because end: StreamEnd)
}
