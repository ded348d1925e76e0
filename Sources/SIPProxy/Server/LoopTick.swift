import NIOCore
import SIPCore
import Synchronization

/// Has a loop look for timers that are due, again and again.
///
/// The next look is when the earliest timer is due, yet not before 20 ms, so that timers which are due close together share a wake-up,
/// and not after a fifth of T1: that is less than any timer that may be armed meanwhile, so none is late by more than 20 ms.
final class LoopTick: Sendable {
    private static let shortest = Duration.milliseconds(20)

    private let longest: Duration
    private let engine: Engine
    private let io: LoopIO
    private let loop: Int
    private let loops: Int
    private let isCancelled = Atomic(false)

    /// Begins at once.
    ///
    /// - Parameters:
    ///   - loop: the loop's number among `loops`.
    ///   - t1: the timer that the others are made of.
    init(_ engine: Engine, _ io: LoopIO, loop: Int, of loops: Int, t1: Duration) {
        longest = max(Self.shortest, t1 / 5)
        self.engine = engine
        self.io = io
        self.loop = loop
        self.loops = loops
        plan(Self.shortest)
    }

    /// Ends it.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    private func plan(_ delay: Duration) {
        io.eventLoop.scheduleTask(in: TimeAmount(delay)) { [self] in
            guard !isCancelled.load(ordering: .relaxed) else { return }
            engine.keepAlive(io, loop: loop)
            let earliest = engine.tick(io, loop: loop, of: loops)
            let wait = earliest.map { $0 - Clock.instant } ?? longest
            plan(min(max(wait, Self.shortest), longest))
        }
    }
}
