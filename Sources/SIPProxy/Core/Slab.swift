/// Records in one array, found by their place; a freed place is used again.
///
/// A session is found by index from a branch token or a timer, at the price of one load; a dictionary would cost a hash.
struct Slab<Element> {
    private var places: [Element?] = []
    private var free: [UInt32] = []

    /// How many records live.
    var count: Int { places.count - free.count }

    /// How many of them are such; it looks at every place.
    func count(where isCounted: (Element) -> Bool) -> Int {
        places.count { $0.map(isCounted) ?? false }
    }

    /// A free place, to be filled at once.
    mutating func reserve() -> UInt32 {
        if let place = free.popLast() { return place }
        places.append(nil)
        return UInt32(truncatingIfNeeded: places.count - 1)
    }

    mutating func remove(_ place: UInt32) {
        guard Int(place) < places.count, places[Int(place)] != nil else { return }
        places[Int(place)] = nil
        free.append(place)
    }

    subscript(place: UInt32) -> Element? {
        get { Int(place) < places.count ? places[Int(place)] : nil }
        set { places[Int(place)] = newValue }
    }
}
