import Glibc
import HTTPClient
import POSIX
import TestKit
import Testing

/// The client against a server that follows a script.
@Suite struct WebClientTests {
    private let client: WebClient

    init() throws {
        var settings = WebClient.Settings()
        settings.proxies = .none
        client = try WebClient(settings: settings)
    }

    private func request(
        _ server: ScriptedServer,
        _ path: String = "/",
        method: String = "GET"
    ) throws -> WebRequest {
        let url = try #require(WebURL("http://127.0.0.1:\(server.port)\(path)"))
        var request = WebRequest(method, url)
        request.patience.stall = .seconds(600)
        return request
    }

    private func code(_ body: () async throws -> Void) async -> WebError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? WebError)?.code
        }
    }

    @Test func anAnswerComesHeadFirst() async throws {
        let mayGoOn = Semaphore()
        let server = try ScriptedServer { connection in
            let head = connection.readHead() ?? ""
            connection.send("HTTP/1.1 200 OK\r\nX-Seen: \(head.prefix(17))\r\n")
            connection.send("Transfer-Encoding: chunked\r\n\r\n")
            mayGoOn.wait()
            connection.send("5\r\nhello\r\n0\r\n\r\n")
        }
        var request = try request(server, "/a?b=c")
        request.fields["Accept"] = "x/y"
        let answer = try await client.send(request)
        #expect(answer.head.status == 200)
        #expect(answer.head.fields["x-seen"] == "GET /a?b=c HTTP/1")
        #expect(answer.head.address == NetworkAddress("127.0.0.1"))
        #expect(answer.head.length == nil)
        mayGoOn.post()
        #expect(try await answer.body(limit: 10) == Array("hello".utf8))
        #expect(try await answer.next() == nil)
    }

    @Test func connectionsAreUsedAgain() async throws {
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil { connection.answer(200, [], [1, 2, 3]) }
        }
        for _ in 0..<20 {
            #expect(try await client.send(try request(server)).body(limit: 3) == [1, 2, 3])
        }
        #expect(server.connections == 1)
    }

    @Test func bodiesAreSentFromBytesFilesAndSources() async throws {
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                let length = head.split(separator: "\r\n").first {
                    $0.lowercased().hasPrefix("content-length:")
                }.flatMap { Int($0.split(separator: " ")[1]) }
                if let length {
                    connection.answer(201, [], connection.read(length))
                } else {
                    // Chunked, one chunk and the end.
                    let size = Int(String(decoding: connection.read(3), as: UTF8.self).prefix(1))
                    let body = connection.read(size ?? 0)
                    _ = connection.read(7)
                    connection.answer(202, [], body)
                }
            }
        }
        let folder = TemporaryFolder()
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try Files.replace(folder.file("f"), with: content)
        let file = FileDescriptorBox(owning: open(folder.file("f"), O_RDONLY | O_CLOEXEC))
        let isDone = Guarded(false)
        let source: @Sendable (UnsafeMutableRawBufferPointer) -> WebSupply = { room in
            if isDone.withLock({ $0 }) { return .end }
            isDone.withLock { $0 = true }
            room.copyBytes(from: [7, 8, 9])
            return .bytes(3)
        }
        for (body, expected) in [
            (WebBody.none, []), (.bytes([5, 6]), [5, 6]),
            (.bytes(content), content),
            (.file(file, offset: 1000, count: 200_000), Array(content[1000..<201_000])),
            (.source(length: nil, source), [7, 8, 9]),
        ] as [(WebBody, [UInt8])] {
            var request = try request(server, method: "POST")
            request.body = body
            let answer = try await client.send(request)
            #expect(try await answer.body(limit: 1 << 20) == expected)
        }
    }

    @Test func aReaderThatWaitsHoldsTheServerUp() async throws {
        let sent = Guarded(0)
        let total = 64 << 20
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 1, count: 1 << 20)
            for _ in 0..<64 where connection.send(piece) { sent.withLock { $0 += piece.count } }
        }
        let answer = try await client.send(try request(server))
        // The kernel's buffers and ours fill up; then nothing moves any more.
        var last = -1
        while last != sent.withLock({ $0 }) || last == 0 {
            last = sent.withLock { $0 }
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(last < total / 2)
        var received = 0
        while let piece = try await answer.next() { received += piece.count }
        #expect(received == total)
    }

    @Test func linesAreReadAsTheyCome() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\":1}\n{\"b\"")
            connection.send(":2}\nlast")
        }
        let answer = try await client.send(try request(server))
        var lines: [String] = []
        while let line = try await answer.line() {
            lines.append(String(decoding: line, as: UTF8.self))
        }
        #expect(lines == ["{\"a\":1}", "{\"b\":2}", "last"])
        let long = try await client.send(try request(server))
        #expect(await code { _ = try await long.line(limit: 3) } == .tooLarge)
    }

    @Test func cancellingATaskEndsItsExchange() async throws {
        let hasHead = Inbox<Bool>()
        let isClosed = Inbox<Bool>()
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            hasHead.put(true)
            connection.waitForClose()
            isClosed.put(true)
        }
        let request = try request(server)
        // Cancelled and awaited below.
        let task = Task { try await client.send(request) }
        _ = await hasHead.next()
        task.cancel()
        #expect(await code { _ = try await task.value } == .cancelled)
        #expect(await isClosed.next() == true)
    }

    @Test func lettingAnAnswerGoEndsItsExchange() async throws {
        let isClosed = Inbox<Bool>()
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")
            connection.waitForClose()
            isClosed.put(true)
        }
        _ = try await client.send(try request(server)).head
        #expect(await isClosed.next() == true)
    }

    @Test func patienceEnds() async throws {
        let server = try ScriptedServer { connection in
            let head = connection.readHead() ?? ""
            if head.hasPrefix("GET /slow") {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")
            }
            connection.waitForClose()
        }
        var request = try request(server)
        request.patience.head = .milliseconds(200)
        #expect(await code { _ = try await client.send(request) } == .timedOut)
        request = try self.request(server, "/slow")
        request.patience.stall = .milliseconds(200)
        request.patience.stallRate = 100
        #expect(await code { _ = try await client.send(request).body(limit: 10) } == .stalled)
        request.patience.stall = .seconds(600)
        request.patience.total = .milliseconds(300)
        #expect(await code { _ = try await client.send(request).body(limit: 10) } == .timedOut)
    }

    @Test func brokenAnswersAreErrors() async throws {
        let server = try ScriptedServer { connection in
            guard let head = connection.readHead() else { return }
            switch head.split(separator: " ")[1] {
            case "/short": connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            case "/none": break
            case "/reset": connection.reset()
            case "/noise": connection.send("\u{1}\u{2}noise without any end\r\n\r\n")
            case "/head":
                connection.send("HTTP/1.1 200 OK\r\n")
                for _ in 0..<200
                where connection.send("X: \(String(repeating: "y", count: 999))\r\n") {}
            default: connection.answer(200, [], [UInt8](repeating: 1, count: 100))
            }
        }
        for (path, expected) in [
            ("/short", .broken), ("/none", .broken), ("/reset", .broken), ("/noise", .broken),
            ("/head", .tooLarge), ("/long", .tooLarge),
        ] as [(String, WebError.Code)] {
            let request = try request(server, path)
            let found = await code { _ = try await client.send(request).body(limit: 50) }
            #expect(found == expected, "\(path)")
        }
    }

    @Test func nobodyThereIsAnError() async throws {
        let url = try #require(WebURL("http://127.0.0.1:1/"))
        #expect(await code { _ = try await client.send(WebRequest("GET", url)) } == .unreachable)
        let name = try #require(WebURL("http://no-such-host.invalid/"))
        #expect(await code { _ = try await client.send(WebRequest("GET", name)) } == .unresolved)
        var local = WebRequest("GET", url)
        local.socket = "/nonexistent/socket"
        #expect(await code { _ = try await client.send(local) } == .unreachable)
        #expect(await code { _ = try await client.send(WebRequest("G T", url)) } == .invalidRequest)
    }

    @Test func unixSocketsAreServersToo() async throws {
        let folder = TemporaryFolder()
        let server = try ScriptedServer(at: folder.file("s")) { connection in
            while connection.readHead() != nil { connection.answer(200, [], [4]) }
        }
        var request = WebRequest("GET", try #require(WebURL("http://localhost/x")))
        request.socket = folder.file("s")
        request.addresses = .publicOnly
        let answer = try await client.send(request)
        #expect(answer.head.address == nil)
        #expect(try await answer.body(limit: 1) == [4])
        withExtendedLifetime(server) {}
    }

    @Test func privateAddressesCanBeRefused() async throws {
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil { connection.answer(200) }
        }
        var request = try request(server)
        request.addresses = .publicOnly
        #expect(await code { _ = try await client.send(request) } == .forbiddenAddress)
        #expect(server.connections == 0)
        // A connection that was kept is no way round it, and a name is none either.
        request.addresses = .any
        _ = try await client.send(request).body(limit: 0)
        request.addresses = .publicOnly
        #expect(await code { _ = try await client.send(request) } == .forbiddenAddress)
        request.url = try #require(WebURL("http://localhost:\(server.port)/"))
        #expect(await code { _ = try await client.send(request) } == .forbiddenAddress)
        #expect(server.connections == 1)
    }

    @Test func redirectionsAreFollowedAsAllowed() async throws {
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                let words = head.split(separator: " ")
                if head.hasPrefix("POST") { _ = connection.read(2) }
                switch words[1] {
                case "/a": connection.answer(302, ["Location: /b"])
                case "/b": connection.answer(307, ["Location: http://localhost:\(words[1].count)/"])
                case "/circle": connection.answer(301, ["Location: /circle"])
                case "/nowhere": connection.answer(301, ["Location: ftp://h/"])
                case "/see": connection.answer(303, ["Location: /end"])
                default: connection.answer(200, [], Array(words[0].utf8))
                }
            }
        }
        var request = try request(server, "/a")
        #expect(try await client.send(request).head.status == 302)
        let seen = Guarded<[String]>([])
        request.redirects = .follow { _, to in
            seen.withLock { $0.append(to.path) }
            return to.host == "127.0.0.1"
        }
        #expect(await code { _ = try await client.send(request) } == .redirected)
        #expect(seen.withLock { $0 } == ["/b", "/"])
        for path in ["/circle", "/nowhere"] {
            request = try self.request(server, path)
            request.redirects = .follow()
            #expect(await code { _ = try await client.send(request) } == .redirected)
        }
        request = try self.request(server, "/see", method: "POST")
        request.body = .bytes([1, 2])
        request.redirects = .follow()
        let answer = try await client.send(request)
        #expect(answer.head.url.path == "/end")
        #expect(try await answer.body(limit: 9) == Array("GET".utf8))
    }

    @Test func secretsDoNotGoToOtherOrigins() async throws {
        let other = try ScriptedServer { connection in
            while let head = connection.readHead() { connection.answer(200, [], Array(head.utf8)) }
        }
        let port = other.port
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil {
                connection.answer(307, ["Location: http://127.0.0.1:\(port)/"])
            }
        }
        var request = try request(server)
        request.fields["Authorization"] = "Bearer secret"
        request.fields["X-Kept"] = "kept"
        request.redirects = .follow()
        let body = try await client.send(request).body(limit: 4096)
        let head = String(decoding: body, as: UTF8.self)
        #expect(head.contains("X-Kept: kept"))
        #expect(!head.contains("secret"))
    }

    @Test func proxiesAreAskedForTheWholeAddress() async throws {
        let proxy = try ScriptedServer { connection in
            while let head = connection.readHead() { connection.answer(200, [], Array(head.utf8)) }
        }
        var settings = WebClient.Settings()
        let port = proxy.port
        settings.proxies = ProxyRules { $0 == "http_proxy" ? "http://u:p@127.0.0.1:\(port)" : nil }
        let client = try WebClient(settings: settings)
        var request = WebRequest("GET", try #require(WebURL("http://models.example/x")))
        request.addresses = .publicOnly
        let answer = try await client.send(request)
        let head = String(decoding: try await answer.body(limit: 4096), as: UTF8.self)
        #expect(head.hasPrefix("GET http://models.example/x HTTP/1.1"))
        #expect(head.contains("Proxy-Authorization: Basic dTpw"))
        #expect(answer.head.address == nil)
        request.url = try #require(WebURL("http://192.168.0.1/x"))
        #expect(await code { _ = try await client.send(request) } == .forbiddenAddress)
    }

    @Test func aClientThatIsLetGoEndsWhatGoesOn() async throws {
        let server = try ScriptedServer { $0.waitForClose() }
        let request = try request(server)
        let answer: Task<WebHead, any Error>
        do {
            let other = try WebClient()
            let transfer = other.start(request, Ignorer())
            // Awaited below.
            answer = Task { try await transfer.finished() }
        }
        #expect(await code { _ = try await answer.value } == .cancelled)
    }

    @Test func receiversTakeBytesAtTheirPace() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.answer(200, [], [UInt8](repeating: 3, count: 3 << 20))
        }
        let receiver = Taker()
        let transfer = client.start(try request(server), receiver)
        receiver.transfer.withLock { $0 = transfer }
        #expect(try await transfer.finished().status == 200)
        #expect(receiver.count.withLock { $0 } == 3 << 20)
        #expect(receiver.refusals.withLock { $0 } > 2)
        #expect(receiver.ends.withLock { $0 } == 1)
    }
}
