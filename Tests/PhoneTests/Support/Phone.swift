import TestPrograms

/// A phone that somebody else has written. What is waited for has to come in the order of the calls; nothing is waited
/// for longer than half a minute.
protocol Phone: AnyObject {
    var user: String { get }

    func waitUntilRegistered() throws
    func call(_ address: String) throws
    /// The other side rings.
    func waitUntilItRings() throws
    /// Somebody calls.
    func waitUntilCalled() throws
    func answer() throws
    /// Refuses with 486.
    func refuse() throws
    func hangUp() throws
    func waitUntilTalking() throws
    /// Offers that nothing is sent to us; the answer is waited for.
    func hold() throws
    /// Takes the other side back; the answer is waited for.
    func resume() throws
    /// The other side has changed the session.
    func waitUntilChanged(_ change: SessionChange) throws
    func transfer(to address: String) throws
    /// The other side has told that who it was to call has answered; our own call is over then.
    func waitUntilTransferred() throws
    /// The call is over.
    ///
    /// - Returns: the status that the other side refused with; nil when it ended in another way.
    @discardableResult
    func waitUntilOver() throws -> Int?
}

enum SessionChange {
    case held
    case resumed
}

extension Phone {
    var address: String { "sip:\(user)@voice.test" }
}

/// Whose phone it is.
enum PhoneKind: Sendable {
    case baresip
    case pjsua
}

extension PhoneSite {
    /// A phone of user0, user1 ….
    func phone(_ number: Int, _ kind: PhoneKind, at place: Place) throws -> any Phone {
        switch kind {
        case .baresip: try Baresip(number, at: place, of: self)
        case .pjsua: try PJSUA(number, at: place, of: self)
        }
    }
}
