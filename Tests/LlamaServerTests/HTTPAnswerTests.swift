import Testing

@testable import LlamaServer

/// Answers taken apart, however their bytes arrive.
struct HTTPAnswerTests {
    /// What an answer gives when it arrives in pieces of this size.
    private func read(_ text: String, pieces: Int) throws -> (HTTPAnswer, String) {
        var answer = HTTPAnswer()
        var body: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            body += try answer.take(Array(bytes[start..<min(start + pieces, bytes.count)]))
        }
        return (answer, String(decoding: body, as: UTF8.self))
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func readsChunks(_ pieces: Int) throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n7;x=y\r\n, world\r\n1\r\n\n\r\n0\r\n\r\n"
        let (answer, body) = try read(text, pieces: pieces)
        #expect(answer.status == 200)
        #expect(body == "hello, world\n")
        #expect(answer.isComplete && answer.isKept)
    }

    @Test(arguments: [1, 4, 1000]) func readsALength(_ pieces: Int) throws {
        let text = "HTTP/1.1 503 Busy\r\ncontent-length:  4\r\nConnection: close\r\n\r\nbusy"
        let (answer, body) = try read(text, pieces: pieces)
        #expect(answer.status == 503)
        #expect(body == "busy")
        #expect(answer.isComplete && !answer.isKept)
    }

    @Test func readsToTheEnd() throws {
        var (answer, body) = try read("HTTP/1.0 200 OK\r\n\r\nall", pieces: 5)
        #expect(body == "all" && !answer.isComplete)
        try answer.end()
        #expect(answer.isComplete && !answer.isKept)
    }

    @Test func noticesACutAnswer() throws {
        var (answer, _) = try read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall", pieces: 5)
        #expect(throws: HTTPAnswer.Malformed.self) { try answer.end() }
    }

    @Test(arguments: [
        "SMTP ready\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffff\r\n",
    ]) func refuses(_ text: String) {
        #expect(throws: HTTPAnswer.Malformed.self) { try read(text, pieces: 1000) }
    }

    @Test func refusesAHeadWithoutEnd() {
        let text = "HTTP/1.1 200 OK\r\n" + String(repeating: "x", count: 70_000)
        #expect(throws: HTTPAnswer.Malformed.self) { try read(text, pieces: 9000) }
    }

    @Test(arguments: [1, 2, 5, 1000]) func findsEvents(_ pieces: Int) {
        var lines = EventLines()
        let bytes = Array(": hello\n\ndata: {\"a\":1}\r\n\r\nevent: x\ndata:two\n\ndata: half".utf8)
        var found: [String] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            let piece = Array(bytes[start..<min(start + pieces, bytes.count)])
            found += lines.take(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == ["{\"a\":1}", "two"])
    }
}
