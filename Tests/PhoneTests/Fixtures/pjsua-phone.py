"""A phone by PJSUA2 that does what it is told on standard input, and says what happens on standard output. It speaks IPv4: the wheel is built without IPv6.

Words in: call URI, answer CODE, hangup, hold, resume, transfer URI, quit.
Words out: ready, registered CODE, incoming FROM, state NAME CODE, media WHAT, transferred CODE.
"""

import argparse
import os
import select
import sys

import pjsua2 as pj


PJ_EINVALIDOP = 70013


def say(*words):
    print(*words, flush=True)


class Call(pj.Call):
    def __init__(self, account, call_id=pj.PJSUA_INVALID_ID):
        super().__init__(account, call_id)

    def onCallState(self, prm):
        info = self.getInfo()
        say("state", info.stateText, info.lastStatusCode)

    def onCallMediaState(self, prm):
        names = {
            pj.PJSUA_CALL_MEDIA_NONE: "none",
            pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
            pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "local-hold",
            pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "remote-hold",
            pj.PJSUA_CALL_MEDIA_ERROR: "error",
        }
        info = self.getInfo()
        for media in info.media:
            say("media", names.get(media.status, media.status))

    def onCallTransferStatus(self, prm):
        say("transferred", prm.statusCode)


class Account(pj.Account):
    def __init__(self):
        super().__init__()
        # Kept when they have ended: after a REFER the library goes on with the same one.
        self.calls = []

    def onRegState(self, prm):
        say("registered", prm.code)

    def onIncomingCall(self, prm):
        call = Call(self, prm.callId)
        self.calls.append(call)
        say("incoming", call.getInfo().remoteUri)

    def obeys(self, word, argument):
        try:
            self.obey(word, argument)
        except pj.Error as error:
            if error.status == PJ_EINVALIDOP:
                return False
            say("failed", word, error.reason)
        return True

    def obey(self, word, argument):
        operation = pj.CallOpParam(True)
        operation.opt.audioCount = 1
        operation.opt.videoCount = 0
        if word == "call":
            call = Call(self)
            self.calls.append(call)
            call.makeCall(argument, operation)
            return
        call = self.calls[-1]
        if word == "answer":
            operation.statusCode = int(argument)
            call.answer(operation)
        elif word == "hangup":
            call.hangup(operation)
        elif word == "hold":
            call.setHold(operation)
        elif word == "resume":
            operation.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(operation)
        elif word == "transfer":
            call.xfer(argument, operation)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--proxy", required=True)
    parser.add_argument("--transport", choices=["udp", "tcp", "tls"], default="udp")
    parser.add_argument("--authority", default="")
    parser.add_argument("--log", default="")
    options = parser.parse_args()

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    settings = pj.EpConfig()
    # All callbacks come in this thread, from libHandleEvents.
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.mainThreadOnly = True
    settings.logConfig.level = 5 if options.log else 0
    settings.logConfig.consoleLevel = 0
    settings.logConfig.filename = options.log
    endpoint.libInit(settings)

    kinds = {
        "udp": pj.PJSIP_TRANSPORT_UDP,
        "tcp": pj.PJSIP_TRANSPORT_TCP,
        "tls": pj.PJSIP_TRANSPORT_TLS,
    }
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    if options.transport == "tls":
        transport.tlsConfig.CaListFile = options.authority
        transport.tlsConfig.verifyServer = True
    transport_id = endpoint.transportCreate(kinds[options.transport], transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()

    settings = pj.AccountConfig()
    settings.idUri = f"sip:{options.user}@{options.domain}"
    settings.regConfig.registrarUri = f"sip:{options.domain}"
    settings.sipConfig.proxies.append(options.proxy)
    settings.sipConfig.transportId = transport_id
    settings.sipConfig.authCreds.append(
        pj.AuthCredInfo("digest", "*", options.user, 0, options.password)
    )
    settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    settings.mediaConfig.lockCodecEnabled = False
    account = Account()
    account.create(settings)
    say("ready")

    waiting = b""
    orders = []
    while True:
        endpoint.libHandleEvents(5)
        # It does nothing while a re-INVITE is under way: it is told again.
        if orders and account.obeys(*orders[0]):
            orders.pop(0)
        readable, _, _ = select.select([0], [], [], 0)
        if not readable:
            continue
        chunk = sys.stdin.buffer.raw.read(4096)
        if not chunk:
            break
        waiting += chunk
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            word, _, argument = line.decode().partition(" ")
            if word == "quit":
                # Taking everything down in order is more than Python's and the library's ends agree on.
                os._exit(0)
            orders.append((word, argument))


main()
