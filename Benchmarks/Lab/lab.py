#!/usr/bin/env python3
"""Authenticated registrations and calls by SIPp through sipd on loopback: what fails, what is sent twice, what it costs.

A temporary folder holds a fresh SQLite file with 20,000 accounts; nothing of it stays. One JSON line a row on standard
output, then a table; the exit code is 1 when anything failed or was sent twice. `cpu_us` is the processor time (user and
system) that the proxy's processes spent on one operation: on a shared machine it holds where a rate does not.

`races` are forked calls at two phones each: of half of them one phone answers, the other is cancelled, and the callee hangs up; the
other half is cancelled by the caller while both ring.

With --peer kamailio the same load goes through Kamailio on a private MariaDB (needs kamailio, kamailio-mysql-modules,
mariadb-server), in turn with ours; there `db_us` is what the database server spent on top.
"""
import argparse
import csv
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = "voice.test"
TICK = os.sysconf("SC_CLK_TCK")


class Trouble(Exception):
    """What keeps the lab from measuring, in one line."""


def wait_until(condition, seconds, what, process=None, log=None):
    """Asks `condition` until it answers something true; an event that does not come is an error, never a guess."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        if process and process.poll() is not None:
            raise Trouble(f"{what}, it ended with code {process.returncode}: {read(log)[-500:] if log else ''}")
        time.sleep(0.02)
    raise Trouble(f"{what}: not within {seconds} s")


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_bound(port, over="udp"):
    with open(f"/proc/net/{over}") as table:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(table)[1:])


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def stop(process, sign=signal.SIGTERM, seconds=20):
    if process and process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Trouble(f"process {process.args[0]} did not stop within {seconds} s")


def family(pid):
    """The process and all its descendants."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        fields = read(f"/proc/{entry}/stat").rsplit(")", 1)[-1].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        fields = read(f"/proc/{member}/stat").rsplit(")", 1)[-1].split()
        total += int(fields[11]) + int(fields[12]) if fields else 0
    return total / TICK


def resident_mb(pid):
    """Shared pages are counted once: the sum of each process's proportional share."""
    shares = (re.search(r"^Pss:\s+(\d+)", read(f"/proc/{p}/smaps_rollup"), re.M) for p in family(pid))
    return round(sum(int(share[1]) for share in shares if share) / 1024, 1)


class Sipd:
    name = "sipd"

    def __init__(self, folder, binary, accounts, mode):
        self.mode, self.process, self.database_pid = mode, None, None
        self.folder = tempfile.mkdtemp(prefix=f"sipd{mode}-", dir=folder)
        database = ["--database", f"sqlite:{self.folder}/sipd.sqlite"]
        rows = "".join(f"{user}@{DOMAIN},{password}\n" for user, password in accounts)
        start = time.monotonic()
        subprocess.run([binary, "user", "import", "-"] + database, input=rows, text=True, check=True)
        self.import_seconds = round(time.monotonic() - start, 2)
        self.log = f"{self.folder}/log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [binary, "run", "--listen", "udp:127.0.0.1:0", "--listen", "tcp:127.0.0.1:0", "--domain", DOMAIN,
                 "--location-mode", str(mode)] + database, stderr=log, env=os.environ | {"SIPD_LOG_LEVEL": "notice"})
        ready = wait_until(lambda: re.search(r"address=udp:127\.0\.0\.1:(\d+)", read(self.log)), 30,
                           "sipd does not listen", self.process, self.log)
        self.port = int(ready[1])
        self.tcp_port = int(wait_until(lambda: re.search(r"address=tcp:127\.0\.0\.1:(\d+)", read(self.log)), 30,
                                       "sipd does not listen on TCP", self.process, self.log)[1])
        self.pid = self.process.pid

    def close(self):
        stop(self.process)
        if self.process.returncode != 0:
            raise Trouble(f"sipd ended with code {self.process.returncode}: {read(self.log)[-500:]}")


class Kamailio:
    name = "kamailio"

    def __init__(self, folder, accounts, mode, workers):
        self.mode, self.process, self.server = mode, None, None
        needed = ("kamailio", "mariadbd", "mariadb-install-db", "mariadb")
        absent = [program for program in needed if not shutil.which(program)]
        if absent:
            raise Trouble(f"no {', '.join(absent)} here: install kamailio, kamailio-mysql-modules and mariadb-server")
        self.folder = tempfile.mkdtemp(prefix="kamailio-", dir=folder)
        owner = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            os.chmod(folder, 0o755)
            os.chmod(self.folder, 0o755)
            shutil.chown(self.folder, owner)
        data, self.socket = f"{self.folder}/db", f"{self.folder}/db.sock"
        subprocess.run(["mariadb-install-db", f"--user={owner}", f"--datadir={data}",
                        "--auth-root-authentication-method=normal"], check=True, capture_output=True)
        try:
            self.start_database(owner, data)
            self.fill(accounts)
            self.start(mode, workers)
        except BaseException:
            self.close()
            raise

    def start_database(self, owner, data):
        self.database_port = free_port(socket.SOCK_STREAM)
        with open(f"{self.folder}/db.log", "w") as log:
            self.server = subprocess.Popen(
                ["mariadbd", "--no-defaults", f"--user={owner}", f"--datadir={data}", f"--socket={self.socket}",
                 "--bind-address=127.0.0.1", f"--port={self.database_port}", "--innodb-buffer-pool-size=512M"], stdout=log, stderr=log)
        self.database_pid = self.server.pid
        ping = ["mariadb-admin", "-uroot", "-S", self.socket, "ping"]
        wait_until(lambda: subprocess.run(ping, capture_output=True).returncode == 0, 30,
                   "MariaDB does not answer", self.server)

    def sql(self, text, database=()):
        subprocess.run(["mariadb", "-uroot", "-S", self.socket, *database], input=text, text=True, check=True)

    def fill(self, accounts):
        self.sql("create database lab; create user lab@'127.0.0.1' identified by 'lab';"
                 "grant all on lab.* to lab@'127.0.0.1';")
        for table in ("standard", "auth_db", "usrloc", "alias_db", "registrar"):
            self.sql(read(f"/usr/share/kamailio/mysql/{table}-create.sql"), ["lab"])
        rows = []
        for user, password in accounts:
            ha1 = hashlib.md5(f"{user}:{DOMAIN}:{password}".encode()).hexdigest()
            rows.append(f"insert into subscriber(username,domain,ha1) values('{user}','{DOMAIN}','{ha1}');")
        self.sql("begin;" + "\n".join(rows) + "commit;", ["lab"])

    def start(self, mode, workers):
        self.port = free_port()
        url = f'"mysql://lab:lab@127.0.0.1:{self.database_port}/lab"'
        self.log = f"{self.folder}/log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                ["kamailio", "-DD", "-f", f"{HERE}/kamailio.cfg", "-A", f"DBMODE={mode}", "-A", f"WORKERS={workers}",
                 "-A", f"PORT={self.port}", "-A", f"DBURL={url}", "-m", "1024", "-M", "16",
                 "-w", self.folder, "-Y", self.folder], stdout=log, stderr=log)
        self.pid = self.process.pid
        wait_until(lambda: is_bound(self.port), 30, "Kamailio does not listen", self.process, self.log)

    def close(self):
        """The peer's figures are taken; how it ends is its own affair. Its workers would outlive it."""
        for process in (self.process, self.server):
            if process and process.poll() is None:
                for pid in family(process.pid):
                    os.kill(pid, signal.SIGKILL)
                process.wait()


def last_row(path):
    with open(path) as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return rows[-1] if rows else {}


def figures_of(row):
    number = lambda name: int(row.get(name) or 0)
    return number("SuccessfulCall(C)"), number("FailedCall(C)"), number("Retransmissions(C)")


def sipp(folder, scenario, port, *arguments):
    return ["sipp", "-sf", f"{HERE}/{scenario}.xml", "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-trace_stat",
            "-stf", f"{folder}/{scenario}.csv", "-fd", "1", *arguments]


def load(proxy, what, accounts, rate, count, answer_port, over="udp"):
    """Runs one kind of operation `count` times and answers its row.

    Over TCP phones register by UDP with a contact that says TCP, and all calls share a connection on either side.
    """
    way = ["-t", "t1"] if over == "tcp" and what == "call" else []
    port = proxy.tcp_port if way else proxy.port
    folder = tempfile.mkdtemp(prefix=what + "-", dir=proxy.folder)
    half = len(accounts) // 2
    lines = []
    for index in range(half):
        user, password = accounts[index + half if what == "call" else index]
        third = accounts[index][0] if what == "call" else answer_port
        lines.append(f"{user};[authentication username={user} password={password}];{third};\n")
    with open(f"{folder}/users.csv", "w") as file:
        file.write("SEQUENTIAL\n" + "".join(lines))

    phone = None
    if what == "call":
        phone = subprocess.Popen(sipp(folder, "answer", answer_port, *way), cwd=folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: is_bound(answer_port, over), 10, "SIPp does not listen", phone)
    try:
        database = proxy.database_pid
        before, before_database = cpu_seconds(proxy.pid), cpu_seconds(database) if database else 0
        start = time.monotonic()
        done = subprocess.run(
            sipp(folder, what, free_port(), f"127.0.0.1:{port}", "-inf", f"{folder}/users.csv", "-r", str(rate),
                 "-m", str(count), "-l", "100000", "-timeout", "180", "-d", "50", "-key", "contact_transport", over, *way),
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wall = time.monotonic() - start
        spent = cpu_seconds(proxy.pid) - before
        spent_database = cpu_seconds(database) - before_database if database else 0
    finally:
        stop(phone, signal.SIGUSR1)  # SIPp's own way: it ends its calls and writes its last figures
    ok, failed, repeated = figures_of(last_row(f"{folder}/{what}.csv"))
    if phone:
        _, failed_there, repeated_there = figures_of(last_row(f"{folder}/answer.csv"))
        failed, repeated = max(failed, failed_there), repeated + repeated_there
    if ok + failed < count:
        failed = count - ok
        sys.stderr.write(done.stdout[-1500:])
    each = lambda seconds: round(seconds * 1e6 / max(ok, 1), 1)
    return dict(name=f"{what} mode {proxy.mode}" + (" over TCP" if over == "tcp" else ""), proxy=proxy.name, ok=ok, failed=failed, retransmissions=repeated,
                cpu_us=each(spent), db_us=each(spent_database), rate=round(count / wall), resident_mb=resident_mb(proxy.pid))


def register_at(proxy, accounts, port):
    row = load(proxy, "register", accounts + accounts, 1_000, len(accounts), port)
    if row["failed"]:
        raise Trouble(f"{row['failed']} phones could not register")


def races(proxy, accounts, rate, count):
    """Forks, cancels, and callees that hang up, all at once; answers the row of all together."""
    folder = tempfile.mkdtemp(prefix="races-", dir=proxy.folder)
    quarter = min(len(accounts) // 4, 1_000)
    forked, cancelled = accounts[:quarter], accounts[quarter:2 * quarter]
    answering, ringing, other = free_port(), free_port(), free_port()
    for users, port in ((forked, answering), (forked + cancelled, ringing), (cancelled, other)):
        register_at(proxy, users, port)

    def start(scenario, port, *arguments):
        own = tempfile.mkdtemp(prefix=scenario + "-", dir=folder)
        with open(f"{own}/log", "w") as log:
            process = subprocess.Popen(sipp(own, scenario, port, *arguments), cwd=own, stdout=log, stderr=log)
        return own, scenario, process

    phones, callers = [], []
    try:
        for scenario, port in (("answer-and-hang-up", answering), ("ring", ringing), ("ring", other)):
            phones.append(start(scenario, port))
            wait_until(lambda: is_bound(port), 10, "SIPp does not listen", phones[-1][2])
        before, started = cpu_seconds(proxy.pid), time.monotonic()
        for scenario, users in (("call-forked", forked), ("call-cancelled", cancelled)):
            lines = "".join(f"{user};[authentication username={user} password={password}];{callee};\n"
                            for (user, password), (callee, _) in zip(accounts[2 * quarter:], users))
            with open(f"{folder}/{scenario}.csv", "w") as file:
                file.write("SEQUENTIAL\n" + lines)
            callers.append(start(scenario, free_port(), f"127.0.0.1:{proxy.port}", "-inf", f"{folder}/{scenario}.csv", "-r",
                                 str(rate // 2), "-m", str(count // 2), "-l", "100000", "-timeout", "180", "-d", "50"))
        for _, _, caller in callers:
            caller.wait()
        wall, spent = time.monotonic() - started, cpu_seconds(proxy.pid) - before
    finally:
        for _, _, process in callers + phones:
            stop(process, signal.SIGUSR1)
    rows = [figures_of(last_row(f"{own}/{scenario}.csv")) for own, scenario, _ in callers + phones]
    ok = sum(row[0] for row in rows[:len(callers)])
    # Every call rings at two phones; what did not get to its end anywhere has failed.
    missed = max(0, count // 2 * 2 - ok) + max(0, count // 2 * 4 - sum(row[0] for row in rows[len(callers):]))
    failed = max(missed, sum(row[1] for row in rows))
    if failed:
        sys.stderr.write("".join(read(f"{own}/log")[-1500:] for own, _, _ in callers + phones))
    return dict(name=f"races mode {proxy.mode}", proxy=proxy.name, ok=ok, failed=failed, retransmissions=sum(row[2] for row in rows),
                cpu_us=round(spent * 1e6 / max(ok, 1), 1), db_us=0.0, rate=round(ok / wall), resident_mb=resident_mb(proxy.pid))


def table(rows):
    columns = list(rows[0])
    cells = [columns] + [[str(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(c.rjust(w) if i > 1 else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths)))
                     for line in cells)


def compare(rows):
    """Ours over the peer's: the ratio of the medians of each operation."""
    for name in dict.fromkeys(row["name"] for row in rows):
        middle = {}
        for proxy in ("sipd", "kamailio"):
            figures = [row["cpu_us"] for row in rows if row["name"] == name and row["proxy"] == proxy]
            if figures:
                middle[proxy] = statistics.median(figures)
        if len(middle) == 2:
            yield dict(name=name + ", sipd over kamailio", sipd_us=middle["sipd"], kamailio_us=middle["kamailio"],
                       ratio=round(middle["sipd"] / middle["kamailio"], 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sipd", required=True, help="the binary, built for release")
    parser.add_argument("--peer", choices=["kamailio"])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--registers", type=int, default=10_000)
    parser.add_argument("--register-rate", type=int, default=1_000, help="a second")
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--call-rate", type=int, default=500, help="a second")
    parser.add_argument("--races", type=int, default=6_000, help="forked, cancelled, hung up by the callee; 0: none")
    parser.add_argument("--race-rate", type=int, default=300, help="a second")
    parser.add_argument("--tcp", action="store_true", help="our calls over TCP as well")
    parser.add_argument("--modes", default="2,1", help="location modes, in this order")
    parser.add_argument("--rounds", type=int, default=None, help="default 1, with a peer 3")
    parser.add_argument("--workers", type=int, default=2, help="of the peer")
    options = parser.parse_args()
    if not shutil.which("sipp"):
        raise Trouble("no sipp here: install sip-tester")

    accounts = [(f"user{i:05d}", f"pw{i:05d}") for i in range(options.accounts)]
    rounds = options.rounds or (3 if options.peer else 1)
    rows = []
    with tempfile.TemporaryDirectory(prefix="sipd-lab-") as folder:
        for mode in map(int, options.modes.split(",")):
            answer_port = free_port()
            proxies = []
            try:
                proxies.append(Sipd(folder, options.sipd, accounts, mode))
                print(json.dumps(dict(name=f"import mode {mode}", proxy="sipd", accounts=len(accounts),
                                      seconds=proxies[0].import_seconds)), flush=True)
                if options.peer:
                    proxies.append(Kamailio(folder, accounts, mode, options.workers))
                for _ in range(rounds):
                    for proxy in proxies:
                        for what, rate, count in (("register", options.register_rate, options.registers),
                                                  ("call", options.call_rate, options.calls)):
                            rows.append(load(proxy, what, accounts, rate, count, answer_port))
                            print(json.dumps(rows[-1]), flush=True)
                for _ in range(rounds if options.tcp else 0):
                    for what, rate, count in (("register", options.register_rate, options.registers),
                                              ("call", options.call_rate, options.calls)):
                        rows.append(load(proxies[0], what, accounts, rate, count, answer_port, "tcp"))
                        print(json.dumps(rows[-1]), flush=True)
                if options.races:
                    rows.append(races(proxies[0], accounts, options.race_rate, options.races))
                    print(json.dumps(rows[-1]), flush=True)
            finally:
                for proxy in proxies:
                    proxy.close()
    ratios = list(compare(rows))
    for ratio in ratios:
        print(json.dumps(ratio))
    print("\n" + table(rows))
    if ratios:
        print("\n" + table(ratios))
    bad = [row for row in rows if row["proxy"] == "sipd" and (row["failed"] or row["retransmissions"])]
    if bad:
        print(f"\n{len(bad)} rows with failures or retransmissions", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"bench-lab: {trouble}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench-lab: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
