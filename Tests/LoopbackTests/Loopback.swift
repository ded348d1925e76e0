import TestPrograms
import Testing

/// Tests with real sockets and real processes: one at a time, since they measure time.
@Suite("loopback", .serialized, .onOwnThread(atOnce: 1))
enum Loopback {}
