import Testing

/// Tests with real sockets and real processes: one at a time, since they wait in threads.
@Suite("loopback", .serialized)
enum Loopback {}
