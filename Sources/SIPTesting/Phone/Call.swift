import SIPCore

/// A call as one of its phones sees it.
///
/// ```swift
/// let call = alice.call(bob)
/// await site.run(for: .seconds(5))
/// call.hold()
/// await site.run(for: .seconds(1))
/// call.hangUp()
/// ```
public final class Call {
    /// How far a call is.
    public enum State: Hashable, Sendable {
        /// The INVITE is on its way.
        case calling
        /// A provisional response other than 100 came, or was given.
        case ringing
        /// Somebody answered.
        case answered
        /// It was refused, cancelled, hung up, or nobody was there.
        case ended
    }

    /// The same for both sides.
    public let callID: String
    /// This side's tag.
    public let localTag: String
    /// Whether this side called.
    public let isCaller: Bool
    /// How far the call is.
    public internal(set) var state = State.calling
    /// Caller: the responses to the INVITE, those to the challenge included, copies of a 2xx included.
    public internal(set) var responses: [ReceivedMessage] = []
    /// Caller: the final response that counts; 408 when none came. Callee: what it answered itself.
    public internal(set) var finalStatus: Int?
    /// Callee: the ACK for its 2xx came.
    public internal(set) var isAcknowledged = false
    /// Callee: the INVITE. Either side: the requests inside of the dialog that came from the other side.
    public internal(set) var received: [ReceivedMessage] = []
    /// How the BYE of this side was answered.
    public internal(set) var hangUpStatus: Int?
    /// Caller: a 2xx of each phone that answered; the first one is talked to.
    public internal(set) var dialogs: [PhoneDialog] = []
    /// Which way the media flow, as the last offer and its answer have it: `sendonly` when this side put the other on hold.
    public internal(set) var media = MediaDirection.sendrecv
    /// How the last ``hold()`` or ``resume()`` of this side was answered.
    public internal(set) var holdStatus: Int?
    /// How the call ended that the other side made for this side's ``transfer(to:)-(Phone)``; 100 as long as it tries.
    public internal(set) var transferStatus: Int?
    /// The call that this side made because the other side transferred it.
    public internal(set) var transferred: Call?

    unowned let phone: Phone
    var invite: RequestText
    var hasCredentials = false
    /// The INVITE on its way had a provisional response.
    var isProceeding = false
    var wantsCancel = false
    var hasCancelled = false
    /// Callee: the INVITE's transaction.
    var server: PhoneServerTransaction?
    var repeatedAnswer: RepeatedAnswer?
    var wantsHold = false
    /// A re-INVITE of this side has no final response yet.
    var isOffering = false
    /// How many descriptions of the session this side gave.
    var descriptions = 0
    /// What is to be done when this side's call has its final response, or its silence.
    var onFinal: ((Int) -> Void)?

    /// A call to a URI.
    init(_ phone: Phone, calling uri: String, lines: [String]) {
        self.phone = phone
        isCaller = true
        callID = phone.newCallID()
        localTag = phone.newToken()
        invite = RequestText(
            method: "INVITE", uri: uri, from: "<\(phone.address)>;tag=\(localTag)",
            to: "<\(uri)>", callID: callID, contact: phone.contact, lines: lines)
        invite.contentType = SessionDescription.contentType
        invite.body = description(.sendrecv)
    }

    /// A call that came in.
    init(_ phone: Phone, invitedBy message: ReceivedMessage, _ transaction: PhoneServerTransaction)
    {
        self.phone = phone
        isCaller = false
        callID = message.callID
        localTag = phone.newToken()
        server = transaction
        invite = RequestText(method: "", uri: "", from: "", to: "", callID: callID)
        dialogs = [PhoneDialog(callee: message, localTag: localTag)]
        received = [message]
        media = SessionDescription.direction(in: message.body).answer(isHolding: false)
    }

    /// The dialog that is talked in; nil when nobody answered yet.
    public var dialog: PhoneDialog? { dialogs.first }

    func isRemoteTag(_ tag: String?) -> Bool { dialogs.contains { $0.remoteTag == tag } }

    /// The next description of this side's session.
    func description(_ direction: MediaDirection) -> String {
        descriptions += 1
        return SessionDescription(
            phone.endpoint, user: phone.user, version: descriptions, direction
        ).text
    }

    /// Ends an answered call.
    public func hangUp() {
        guard state == .answered, let dialog else { return }
        repeatedAnswer?.stop()
        bye(dialog)
    }

    /// Says goodbye; to whoever answered too much the call goes on with the other.
    func bye(_ dialog: PhoneDialog) {
        let isTalkedIn = dialog === self.dialog
        if isTalkedIn { state = .ended }
        ask("BYE", in: dialog) { [unowned self] status in
            if isTalkedIn { hangUpStatus = status }
        }
    }

    /// Sends a request inside of the dialog.
    ///
    /// - Parameter then: is given the final status, 408 when none came.
    package func ask(
        _ method: String, in dialog: PhoneDialog, _ change: (inout RequestText) -> Void = { _ in },
        then: @escaping (Int) -> Void
    ) {
        dialog.cseq += 1
        var request = dialog.request(
            method, cseq: dialog.cseq, callID: callID, via: phone.newVia())
        change(&request)
        phone.transact(
            request, to: dialog.nextHop,
            onResponse: { message in
                if message.isFinal, let status = message.status { then(status) }
            }, onTimeout: { then(408) })
    }

    /// A request of the other side inside of the dialog.
    func receive(
        _ message: ReceivedMessage, _ method: String, _ transaction: PhoneServerTransaction
    ) {
        received.append(message)
        switch method {
        case "INVITE": receiveOffer(message, transaction)
        case "REFER": receiveTransfer(message, transaction)
        case "NOTIFY":
            phone.respond(200, to: message, transaction)
            receiveProgress(message)
        case "BYE":
            phone.respond(200, to: message, transaction)
            repeatedAnswer?.stop()
            state = .ended
        default: phone.respond(200, to: message, transaction)
        }
    }
}

extension Recorder {
    /// The ladder of one call.
    public func ladder(of call: Call) -> Ladder { ladder(callID: call.callID) }
}
