/// Another way for a branch when the first one is closed, in one word: nearly none has one.
final class Detour {
    let forwarding: Forwarding

    init(_ forwarding: Forwarding) { self.forwarding = forwarding }
}
