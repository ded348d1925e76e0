import Foundation
import Glibc
import MariaDBServer
import SIPCore
import SIPLocation
import SIPMariaDB
import TestPrograms
import Testing

extension Loopback {
    @Suite(
        "several sipd on a Galera cluster",
        .enabled(
            if: GaleraCluster.provider != nil,
            "the Galera library is missing: apt-get install galera-4 rsync"))
    struct GaleraTests {
        private static let cluster = Result { try GaleraCluster() }
        private let cluster: GaleraCluster
        private let folder: TemporaryFolder
        private let test: TestDatabase
        /// What a REGISTER may take while a node goes: a statement and a connection at each of two nodes.
        private static let failoverDeadline = Duration.seconds(2 * (2 + 1))

        init() throws {
            cluster = try Self.cluster.get()
            folder = try TemporaryFolder()
            test = try cluster.makeDatabase()
            try test.query("CREATE OR REPLACE USER app IDENTIFIED BY 'p'; GRANT ALL ON *.* TO app")
        }

        /// - Parameter first: the node that is tried first.
        private func url(first: Int) -> String {
            let ports = (0..<3).map { cluster.nodes[(first + $0) % 3].port }
            let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
            return "mysql://app:p@\(hosts)/\(test.name)?timeout=2&connect_timeout=1"
        }

        /// In mode 3, with the same key.
        private func sipd(first: Int) throws -> Sipd {
            try Sipd(folder, ["--location-mode", "3"], database: url(first: first))
        }

        private func makeSchema() throws {
            let schema = try Sipd.run(
                ["schema", "create", "--database", url(first: 0)], in: folder)
            #expect(schema.code == .exit(0), "\(schema.error)")
        }

        private func makeAccounts(_ count: Int) throws {
            try makeSchema()
            try Sipd.makeAccounts(count, in: folder, database: url(first: 0))
        }

        @Test(
            "a phone that registered at one is called through the other",
            .enabled(if: SIPp.isInstalled))
        func call() throws {
            try makeAccounts(40)
            let (one, other) = (try sipd(first: 0), try sipd(first: 1))
            let phones = try SIPp(folder)
            #expect(try phones.register(20, at: one) == Figures(ok: 20))
            #expect(try phones.call(20, at: other) == Figures(ok: 20))
            #expect(try phones.end().ok == 20)
            #expect(try one.stop() == .exit(0))
            #expect(try other.stop() == .exit(0))
        }

        @Test("the challenge that one gave is answered at the other: they share the key's file")
        func nonce() throws {
            try makeAccounts(1)
            let (one, other) = (try sipd(first: 1), try sipd(first: 2))
            let answer = try Phones.register(0, challengedBy: one, at: other)
            #expect(answer.hasPrefix("SIP/2.0 200 "), "\(answer)")
            #expect(try one.stop() == .exit(0))
            #expect(try other.stop() == .exit(0))
        }

        @Test("the same contact at two nodes at the same moment is one row")
        func sameContact() async throws {
            try makeSchema()
            let locations = try [1, 2].map {
                MariaDBLocation(MariaDBDatabase(try DatabaseURL(url(first: $0))))
            }
            let address = AddressOfRecord(user: "alice", host: "voice.test")
            let now = UnixTime(seconds: 1_800_000_000)
            var accepted = 0
            for cseq: UInt32 in 1...40 {
                accepted += try await withThrowingTaskGroup(of: Bool.self) { group in
                    for location in locations {
                        group.addTask {
                            let outcome = try await location.register(
                                Registration(
                                    .list([.init(uri: ByteSlice("sip:a@192.0.2.\(cseq % 5)"))]),
                                    callID: "c", cseq: cseq, expires: 3600),
                                for: address, at: now)
                            if case .accepted = outcome { return true }
                            return false
                        }
                    }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
            }
            // One of two is first; the other is the same, or comes too late for its CSeq.
            #expect(40...80 ~= accepted)
            #expect(
                try cluster.nodes[2].query(
                    """
                    SET SESSION wsrep_sync_wait = 1; \
                    SELECT COUNT(*), COUNT(DISTINCT contact) FROM \(test.name).location
                    """) == "5\t5\n")
        }

        @Test(
            "a database node is killed in a storm: what was answered 200 is there, and errors end with the failover"
        )
        func nodeKilled() throws {
            let (count, portion) = (2_000, 50)
            try makeAccounts(count)
            let both = [try sipd(first: 0), try sipd(first: 1)]
            var phones = try both.enumerated().map { index, sipd in
                Phones(try UDPClient(to: sipd.port), run: "storm\(index)")
            }
            var errors: (first: ContinuousClock.Instant, last: ContinuousClock.Instant)?
            for (turn, start) in stride(from: 0, to: count, by: portion).enumerated() {
                if start == count / 4 { cluster.nodes[0].kill() }
                let begin = ContinuousClock.now
                let before = phones[turn % 2].refused.count
                try phones[turn % 2].register(start..<start + portion)
                if phones[turn % 2].refused.count > before {
                    errors = (errors?.first ?? begin, .now)
                }
            }
            let answered = phones.flatMap(\.answered.keys)
            #expect(answered.count + phones.flatMap(\.refused.keys).count == count)
            #expect(answered.count >= count * 3 / 4)
            if let errors { #expect(errors.last - errors.first < Self.failoverDeadline) }
            for refusal in phones.flatMap(\.refused.values) {
                #expect(refusal.hasPrefix("SIP/2.0 503 "))
                #expect(refusal.contains("\r\nRetry-After: "))
            }
            // Each is stored once, and found through either.
            let rows = try cluster.nodes[2].query(
                "SELECT username FROM \(test.name).location ORDER BY username")
            let stored = rows.split(separator: "\n").map { Int($0.dropFirst(4)) ?? -1 }
            #expect(stored.count == Set(stored).count)
            #expect(Set(answered).subtracting(stored) == [])
            for (index, sipd) in both.enumerated() {
                var queries = Phones(try UDPClient(to: sipd.port), run: "after\(index)")
                try queries.register(answered.sorted(), contact: false)
                let lost = answered.filter { user in
                    !phones.contains {
                        let contact = "<\(Phones.contact(of: user, port: $0.client.port))>"
                        return queries.answered[user]?.contains(contact) == true
                    }
                }
                #expect(lost == [])
            }
            try lastNode(both)
            for sipd in both { #expect(try sipd.stop() == .exit(0)) }
        }

        /// The last of three nodes serves nobody, until an operator says that the others are dead.
        private func lastNode(_ both: [Sipd]) throws {
            cluster.nodes[1].kill()
            try cluster.nodes[2].wait(until: "wsrep_cluster_status", is: "non-Primary")
            for (index, sipd) in both.enumerated() {
                let refusal = try Phones.register(at: sipd, run: "last\(index)")
                #expect(refusal.hasPrefix("SIP/2.0 503 "))
                #expect(refusal.contains("\r\nRetry-After: "))
            }
            try cluster.nodes[2].query("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")
            for sipd in both { try Phones.registerEventually(at: sipd) }
        }
    }
}
