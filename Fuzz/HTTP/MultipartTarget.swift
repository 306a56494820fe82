/// Multipart bodies: the fields do not depend on how the body arrives.
///
/// The first line is the content type, the rest the body.
struct MultipartTarget: FuzzTarget {
    static let name = "multipart"

    private let server: FuzzServer

    init() throws {
        server = try FuzzServer()
    }

    func check(_ input: [UInt8]) {
        let lines = input.split(
            separator: UInt8(ascii: "\n"),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard lines.count == 2, lines[1].count <= 8 << 10 else { return }
        // Heads are another target's matter.
        guard lines[0].allSatisfy({ (0x20..<0x7F).contains($0) }) else { return }
        let head = "POST /parts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
        let type = String(decoding: lines[0], as: UTF8.self)
        let body = Array(lines[1])
        do {
            let size = 1 + body.count % 61
            let announced = "\r\nContent-Length: \(body.count)\r\n\r\n"
            let whole = try post(Array("\(head)\(type)\(announced)".utf8) + body)
            let chunked = "\r\nTransfer-Encoding: chunked\r\n\r\n"
            let pieces = try post(
                Array("\(head)\(type)\(chunked)".utf8) + Self.chunks(of: body, size)
            )
            if let whole, let pieces {
                demand(whole == pieces, "in pieces of \(size) it reads otherwise")
            }
            try server.mustBeWell()
        } catch {
            demand(false, "\(error)")
        }
    }

    /// The status and, of a success, the body; nil when there was no whole answer in time.
    private func post(_ request: [UInt8]) throws -> [UInt8]? {
        let client = try LoopbackClient(port: server.port)
        client.send(request)
        let (bytes, isClosed) = client.answer(silence: 200)
        guard isClosed else { return nil }
        var reader = AnswerReader(bytes)
        guard let answer = try reader.next(hasBody: true) else { return nil }
        FuzzServer.judge(answer)
        return Array("\(answer.status)".utf8) + (answer.status == 200 ? answer.body : [])
    }

    private static func chunks(of body: [UInt8], _ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: size) {
            let piece = body[start..<min(start + size, body.count)]
            bytes += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece
            bytes += Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }
}
