import HTTPService
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct UploadTests {
    private static func upload(
        _ path: String,
        limit: Int? = nil,
        _ body: @escaping @Sendable (HTTPRequest, BodyStream) async throws -> HTTPResponse
    ) -> Route {
        Route(.put, path, .init("Test."), bodyLimit: limit, handler: .upload(body))
    }

    /// Counts the bytes and the pieces.
    private static let counting = upload("/count") { _, body in
        var count = 0
        for try await piece in body { count += piece.count }
        return .text("\(count)")
    }

    @Test(arguments: [0, 1, 1000, 5_000_000])
    func readsBodiesInPieces(_ size: Int) async throws {
        try await TestService.with([Self.counting]) { service in
            let client = try service.client()
            let body = [UInt8](repeating: 7, count: size)
            for _ in 0..<2 {
                #expect(try await client.request("PUT", "/count", body: body).text == "\(size)")
            }
        }
    }

    @Test func readsChunkedBodies() async throws {
        try await TestService.with([Self.counting]) { service in
            let client = try service.client()
            let chunk = "ffff\r\n" + String(repeating: "x", count: 65_535) + "\r\n"
            try await client.send(
                "PUT /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            for _ in 0..<40 { try await client.send(chunk) }
            try await client.send("0\r\n\r\n")
            #expect(try await client.response().text == "\(40 * 65_535)")
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test func startsWithTheHead() async throws {
        let gate = Gate()
        let route = Self.upload("/early") { _, body in
            await gate.arrive()
            var text: [UInt8] = []
            for try await piece in body {
                text += piece
                await gate.arrive()
            }
            return .text(String(decoding: text, as: UTF8.self))
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("PUT /early HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n")
            await gate.arrived(1)
            try await client.send("abc")
            await gate.arrived(2)
            try await client.send("def")
            #expect(try await client.response().text == "abcdef")
        }
    }

    @Test func readsNoFasterThanTheHandler() async throws {
        let gate = Gate()
        let route = Self.upload("/slow") { _, body in
            await gate.pass()
            var count = 0
            for try await piece in body { count += piece.count }
            return .text("\(count)")
        }
        try await TestService.with([route], configure: { $0.bodyLimit = 64 << 20 }) { service in
            let client = try service.client()
            let size = 48 << 20
            let sent = Guarded(0)
            // Sends beside the test, which watches; awaited at its end.
            let sending = Task {
                try await client.send(
                    "PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n"
                )
                let piece = [UInt8](repeating: 1, count: 1 << 20)
                for _ in 0..<48 {
                    try await client.send(piece)
                    sent.withLock { $0 += piece.count }
                }
            }
            await gate.arrived(1)
            var last = -1
            while sent.withLock({ $0 }) != last {
                last = sent.withLock { $0 }
                for _ in 0..<200 {
                    #expect(try await service.client().request("GET", "/health").status == 200)
                }
            }
            // The kernels' buffers and our own bound, but not the whole.
            #expect(sent.withLock { $0 } < size / 2)
            await gate.open()
            try await sending.value
            #expect(try await client.response().text == "\(size)")
        }
    }

    @Test func answersAfterABodyThatNobodyWanted() async throws {
        let route = Self.upload("/ignore") { _, _ in .text("enough", status: 202) }
        try await TestService.with([route]) { service in
            let client = try service.client()
            for _ in 0..<3 {
                let response = try await client.request(
                    "PUT",
                    "/ignore",
                    body: [UInt8](repeating: 1, count: 1_000_000)
                )
                #expect(response.status == 202)
            }
        }
    }

    @Test func refusesUploadsThatGrowTooLarge() async throws {
        let ended = Gate()
        let route = Self.upload("/small", limit: 1000) { _, body in
            do {
                for try await _ in body {}
            } catch {
                await ended.arrive()
                throw error
            }
            return .text("never")
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
            try await client.send(
                "PUT /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunk + chunk + "0\r\n\r\n"
            )
            #expect(try await client.response().status == 413)
            await ended.arrived(1)
        }
    }

    @Test func tellsHandlersWhoseClientVanishes() async throws {
        let started = Gate()
        let ended = Gate()
        let route = Self.upload("/cut") { _, body in
            await started.arrive()
            do {
                for try await _ in body {}
            } catch {
                #expect(error is CancellationError)
                await ended.arrive()
                throw error
            }
            return .text("never")
        }
        let other = Self.upload("/other") { _, _ in .text("") }
        let routes = [route, other]
        try await TestService.with(routes, configure: { $0.requestLimit = 1 }) { service in
            for round in 1...4 {
                let client = try service.client()
                try await client.send(
                    "PUT /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
                )
                await started.arrived(round)
                if round % 2 == 0 { client.reset() } else { client.finishSending() }
                await ended.arrived(round)
                // The slot is back only when the handler has really ended.
                while try await service.client().request("PUT", "/other", body: []).status == 503 {}
            }
        }
    }
}
