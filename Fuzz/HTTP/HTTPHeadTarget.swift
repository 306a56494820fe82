/// Whatever a client sends: the answers are well-formed HTTP with our errors, or the connection is
/// closed, and the server goes on.
struct HTTPHeadTarget: FuzzTarget {
    static let name = "http"

    private let server: FuzzServer

    init() throws {
        server = try FuzzServer()
    }

    func check(_ input: [UInt8]) {
        do {
            let client = try LoopbackClient(port: server.port)
            client.send(input)
            // The library overlooks an end that comes together with the last bytes.
            client.wait(atMost: 5)
            client.finish()
            let (answer, isClosed) = client.answer(silence: 200)
            // Still at work, or waiting for more: nothing can be said about half an answer.
            if isClosed { try judge(answer, to: input) }
            try server.mustBeWell()
        } catch {
            demand(false, "\(error)")
        }
    }

    private func judge(_ bytes: [UInt8], to request: [UInt8]) throws {
        let isHead = request.starts(with: "HEAD ".utf8)
        var reader = AnswerReader(bytes)
        while let answer = try reader.next(hasBody: !isHead) {
            // Which of several requests an answer belongs to cannot be told from outside, and so
            // whether it has a body.
            if isHead || request.contains("HEAD") { return }
            FuzzServer.judge(answer)
        }
    }
}

extension Array where Element == UInt8 {
    fileprivate func contains(_ word: String) -> Bool {
        let word = Array(word.utf8)
        return count >= word.count
            && (0...count - word.count).contains { self[$0...].starts(with: word) }
    }
}
