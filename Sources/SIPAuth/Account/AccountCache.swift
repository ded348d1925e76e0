package import SIPCore

/// The accounts of one stripe, and the look-ups under way.
///
/// Pure: it says what to do, and is told the time.
package struct AccountCache {
    /// What a question has to do next.
    package enum Step {
        /// Here is the answer.
        case known(Subscriber?)
        /// Ask the store, and bring the answer to ``AccountCache/finish(_:_:_:at:)``.
        case load(AccountLoad)
        /// Somebody asks already: wait for it. When it doesn't `serve`, because it began before a question that must
        /// be fresh, ask again afterwards.
        case wait(AccountLoad, serves: Bool)
    }

    private struct Place {
        var name: AccountName
        var subscriber: Subscriber?
        var loaded: Instant
        var isFresh: Bool
        /// Asked for since the hand came by.
        var wasUsed: Bool
    }

    private let capacity: Int
    private var indices: [AccountName: Int] = [:]
    private var places: [Place] = []
    /// Where the search for the next place to be given up goes on (the clock algorithm).
    private var hand = 0
    private var loads: [AccountName: AccountLoad] = [:]
    private var numbers: UInt64 = 0
    /// When the store said last that what is kept is still so.
    private var confirmed: Instant?

    package init(capacity: Int) { self.capacity = max(1, capacity) }

    package var count: Int { places.count }

    /// The number of the last load that began before a question.
    package func arrive() -> UInt64 { numbers }

    package mutating func step(
        _ name: AccountName, _ freshness: Freshness, arrival: UInt64, at now: Instant,
        lifetime: Duration, recheckInterval: Duration
    ) -> Step {
        if let index = indices[name] {
            let place = places[index]
            let isNewEnough =
                switch freshness {
                case .cached: now - max(place.loaded, confirmed ?? place.loaded) < lifetime
                case .fresh: place.isFresh && now - place.loaded < recheckInterval
                }
            if isNewEnough {
                places[index].wasUsed = true
                return .known(place.subscriber)
            }
        }
        if let load = loads[name] {
            let serves = freshness == .cached || load.isFresh && load.number > arrival
            return .wait(load, serves: serves)
        }
        numbers += 1
        let load = AccountLoad(number: numbers, isFresh: freshness == .fresh)
        loads[name.detached] = load
        return .load(load)
    }

    /// What is kept of a name, when it is no older than `lifetime`.
    package func kept(
        _ name: AccountName, at now: Instant, lifetime: Duration
    ) -> Subscriber?? {
        guard let place = indices[name].map({ places[$0] }),
            now - max(place.loaded, confirmed ?? place.loaded) < lifetime
        else { return nil }
        return .some(place.subscriber)
    }

    /// Keeps what the store answered, unless the name was invalidated since the load began. Errors are not kept.
    ///
    /// - Parameter outcome: nil when the store was not asked.
    package mutating func finish(
        _ name: AccountName, _ load: AccountLoad, _ outcome: AccountLoad.Outcome?, at now: Instant
    ) {
        guard loads[name] === load else { return }
        loads[name] = nil
        guard case .success(let subscriber)? = outcome else { return }
        let index = indices[name] ?? place(for: name.detached)
        places[index].subscriber = subscriber
        places[index].loaded = now
        places[index].isFresh = load.isFresh
    }

    /// Keeps an account that nobody has asked for yet.
    package mutating func keep(_ subscriber: Subscriber, as name: AccountName, at now: Instant) {
        let index = indices[name] ?? place(for: name)
        places[index].subscriber = subscriber
        places[index].loaded = now
        places[index].isFresh = false
    }

    /// Notes that everything kept was still so at an instant.
    package mutating func confirm(at now: Instant) { confirmed = now }

    package mutating func remove(_ name: AccountName) {
        // A load that is under way may bring what was there before: it still answers those who wait, and is not kept.
        loads[name] = nil
        guard let index = indices.removeValue(forKey: name) else { return }
        let last = places.removeLast()
        if index < places.count {
            places[index] = last
            indices[last.name] = index
        }
        if hand >= places.count { hand = 0 }
    }

    package mutating func removeAll() {
        loads.removeAll()
        indices.removeAll()
        places.removeAll()
        hand = 0
    }

    /// A place for a new name: an unused one, or that of a name which was not asked for since the hand came by.
    private mutating func place(for name: AccountName) -> Int {
        let place = Place(
            name: name, subscriber: nil, loaded: .zero, isFresh: false, wasUsed: false)
        var index = places.count
        if index < capacity {
            places.append(place)
        } else {
            while places[hand].wasUsed {
                places[hand].wasUsed = false
                hand = (hand + 1) % places.count
            }
            index = hand
            hand = (hand + 1) % places.count
            indices[places[index].name] = nil
            places[index] = place
        }
        indices[name] = index
        return index
    }
}
