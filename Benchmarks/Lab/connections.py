#!/usr/bin/env python3
"""What an idle connection costs sipd in memory: KiB resident for each of 10,000 over TCP, TLS, WebSocket and secure WebSocket.

Each connection says one OPTIONS, waits for its 200, and is silent from then on. One JSON line a row; the exit code is 1 when a row is
above its limit (--limit tcp=8 --limit wss=48 are the default).
"""
import argparse
import base64
import json
import os
import re
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


class Sipd:
    def __init__(self, binary, folder, kind):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=voice.test", "-addext", "subjectAltName=DNS:voice.test", "-keyout", f"{folder}/key", "-out",
                f"{folder}/chain")
        with open(f"{folder}/sipd.yaml", "w") as file:
            file.write(f"""
listen: ["{kind}:127.0.0.1:0"]
domains: [voice.test]
database: sqlite:{folder}/db
tls: {{certificates: [{{chain: {folder}/chain, key: {folder}/key}}]}}
connections: {{maximum_per_source: 65536}}
log: {{level: notice}}
""")
        self.process = subprocess.Popen([binary, "run", "--config", f"{folder}/sipd.yaml"], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(rf"address={kind}:127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        sys.exit("sipd does not listen")


def frame(payload):
    """A masked text frame; the mask is zero, so that the payload stands as it is."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def connect(kind, port, context, number):
    connection = socket.create_connection(("127.0.0.1", port))
    # As phones and browsers do; without it each waits 40 ms for an acknowledgement that is delayed.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if kind in ("tls", "wss"):
        connection = context.wrap_socket(connection, server_hostname="voice.test")
    if kind in ("ws", "wss"):
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall((f"GET / HTTP/1.1\r\nHost: voice.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n").encode())
        if b" 101 " not in connection.recv(4096):
            sys.exit("no WebSocket")
    request = (f"OPTIONS sip:voice.test SIP/2.0\r\nVia: SIP/2.0/{kind.upper()} a.test;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
               f"From: <sip:a@a.test>;tag={number}\r\nTo: <sip:voice.test>\r\nCall-ID: {number}\r\nCSeq: 1 OPTIONS\r\n"
               "Content-Length: 0\r\n\r\n").encode()
    connection.sendall(frame(request) if kind in ("ws", "wss") else request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096) or sys.exit(f"closed after: {answer}")
    if b"SIP/2.0 200 " not in answer:
        sys.exit(f"no 200: {answer}")
    return connection


def measure(binary, kind, count):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with tempfile.TemporaryDirectory(prefix="sipd-connections-") as folder:
        sipd = Sipd(binary, folder, kind)
        try:
            # What is made once is made now.
            connections = [connect(kind, sipd.port, context, number) for number in range(200)]
            before = resident_kib(sipd.process.pid)
            connections += [connect(kind, sipd.port, context, 200 + number) for number in range(count)]
            # Transactions live for 32 s (RFC 3261 timer J is 0 over TCP); what they held is given back then.
            time.sleep(2)
            return (resident_kib(sipd.process.pid) - before) / count
        finally:
            sipd.process.terminate()
            sipd.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sipd", required=True, help="the binary, built for release")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kinds", default="tcp,tls,ws,wss")
    parser.add_argument("--limit", action="append", default=[], metavar="KIND=KIB")
    options = parser.parse_args()
    limits = dict(limit.split("=") for limit in options.limit or ["tcp=8", "wss=48"])
    # Both ends of each connection are files; sipd inherits the limit.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, options.count + 1_000) if hard > 0 else options.count + 1_000, hard))
    bad = False
    for kind in options.kinds.split(","):
        each = round(measure(options.sipd, kind, options.count), 1)
        print(json.dumps(dict(name=f"idle {kind}", connections=options.count, kib_each=each)), flush=True)
        bad = bad or each > float(limits.get(kind, "inf"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
