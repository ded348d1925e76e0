import SIPAuth
import Testing

@Suite("digest vectors") struct DigestVectorTests {
    @Test("are all there") func count() {
        #expect(Vector.published.count == 20)
        #expect(Vector.published.count { $0.isKnownWrong } == 2)
        #expect(Vector.derived.count == 30)
        #expect(Vector.derived.count { !$0.body.isEmpty } > 0)
        #expect(HashedVector.all.count == 8)
    }

    @Test("of RFCs and other implementations come out", arguments: Vector.published)
    func published(_ vector: Vector) throws {
        let response = try Digest.response(vector.input, password: vector.password)
        let matches = String(decoding: response, as: UTF8.self) == vector.response
        #expect(matches != vector.isKnownWrong)
    }

    @Test("of every algorithm and protection come out", arguments: Vector.derived)
    func derived(_ vector: Vector) throws {
        let response = try Digest.response(vector.input, password: vector.password)
        #expect(String(decoding: response, as: UTF8.self) == vector.response)
    }

    @Test("come out from the hash alone", arguments: Vector.derived)
    func fromHash(_ vector: Vector) throws {
        let ha1 = try Digest.ha1(
            username: vector.username, realm: vector.realm, password: vector.password,
            algorithm: vector.algorithm)
        let response = try Digest.response(vector.input, ha1: Array(ha1.utf8))
        #expect(String(decoding: response, as: UTF8.self) == vector.response)
    }

    @Test("of H(A1) come out", arguments: HashedVector.all)
    func ha1(_ vector: HashedVector) throws {
        let ha1 = try Digest.ha1(
            username: vector.username, realm: vector.realm, password: vector.password,
            algorithm: vector.algorithm)
        #expect(ha1 == vector.ha1)
    }
}
