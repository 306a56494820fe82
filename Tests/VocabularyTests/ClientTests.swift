import DeviceProtocol
import Glibc
import JSON
import POSIX
import Sandboxing
import Testing
import VocabularyClient
import VocabularyProtocol

@Suite struct ClientTests {
    /// Sends a signal to the process and, for a stop, waits until it holds.
    private func signal(_ client: VocabularyClient, _ number: Int32) async {
        guard let process = await client.processID else { return }
        kill(process, number)
        guard number == SIGSTOP else { return }
        var info = siginfo_t()
        waitid(P_PID, id_t(process), &info, WSTOPPED | WEXITED | WNOWAIT)
    }

    @Test func startsWhenItIsFirstNeeded() async throws {
        try await withVocabulary { client in
            #expect(await client.processID == nil)
            _ = try await client.count("hello")
            #expect(await client.processID != nil)
        }
    }

    @Test func startsAgainAfterItWasKilled() async throws {
        try await withVocabulary { client in
            let expected = try await client.count("hello")
            for _ in 0..<3 {
                let old = await client.processID
                await signal(client, SIGKILL)
                #expect(try await client.count("hello") == expected)
                #expect(await client.processID != old)
            }
        }
    }

    @Test func repeatsARequestOverWhichItWasKilled() async throws {
        try await withVocabulary { client in
            let expected = try await client.count("hello")
            await signal(client, SIGSTOP)
            async let count = client.count("hello")
            // Both orders are right: it is killed before or while it has the request.
            await signal(client, SIGKILL)
            #expect(try await count == expected)
        }
    }

    @Test func endsAProcessThatTakesTooLong() async throws {
        try await withVocabulary {
            $0.timeLimit = .seconds(1)
        } _: { client in
            // On a busy machine even a start may take longer than that.
            while await code(client) == .timeout {}
            let old = await client.processID
            await signal(client, SIGSTOP)
            #expect(await code(client) == .timeout)
            while await code(client) == .timeout {}
            #expect(await code(client) == nil)
            #expect(await client.processID != old)
        }
    }

    /// What a short request fails with; nil when it does not.
    private func code(_ client: VocabularyClient) async -> VocabularyError.Code? {
        await code { _ = try await client.count("hello") }
    }

    private func code(_ body: () async throws -> Void) async -> VocabularyError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? VocabularyError)?.code ?? .failed
        }
    }

    @Test func refusesAtOnceWhenTooManyWait() async throws {
        try await withVocabulary {
            $0.requestLimit = 1
        } _: { client in
            _ = try await client.count("hello")
            await signal(client, SIGSTOP)
            let codes = try await withThrowingTaskGroup(of: VocabularyError.Code?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            _ = try await client.count("hello")
                            return nil
                        } catch let error as VocabularyError {
                            return error.code
                        }
                    }
                }
                let first = try await group.next()
                await signal(client, SIGCONT)
                return [first, try await group.next()]
            }
            #expect(codes == [.busy, .some(nil)])
        }
    }

    @Test func answersManyAtOnce() async throws {
        try await withVocabulary { client in
            let counts = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for length in 0..<16 {
                    let text = String(repeating: "7", count: length)
                    group.addTask { (length, try await client.count(text)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(counts.count == 16)
            let steps = (1..<15).map { (counts[$0 + 1] ?? 0) - (counts[$0] ?? 0) }
            #expect(steps.allSatisfy { $0 == 1 })
        }
    }

    @Test func refusesATextThatNeedsMoreMemoryThanThereIs() async throws {
        try await withVocabulary {
            $0.memory = 96 << 20
            $0.timeLimit = .seconds(60)
        } _: { client in
            let expected = try await client.count("hello")
            let process = await client.processID
            let longest = String(repeating: "a", count: VocabularyLimits.textBytes)
            #expect(await code { _ = try await client.count(longest) } == .tooLarge)
            let count = try await client.count("hello")
            #expect(count == expected)
            #expect(await client.processID == process)
        }
    }

    @Test func leavesAtOnceWhenCancelled() async throws {
        try await withVocabulary { client in
            let expected = try await client.count("hello")
            await signal(client, SIGSTOP)
            // Owned by this test, which cancels and awaits it.
            let work = Task { try await client.count("hello") }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            await signal(client, SIGCONT)
            #expect(try await client.count("hello") == expected)
        }
    }

    @Test func endsWhenIdleAndComesBack() async throws {
        try await withVocabulary {
            $0.idleLimit = .milliseconds(100)
        } _: { client in
            var expected = 0
            var living: Int32?
            // On a busy machine it may be gone before it is looked at.
            while living == nil {
                expected = try await client.count("hello")
                living = await client.processID
            }
            let process = try #require(living)
            // The kernel says when it is gone; the client reaps it later.
            let watch = try ProcessWatch(process)
            await watch.ended()
            #expect(try await client.count("hello") == expected)
            #expect(await client.processID != process)
        }
    }

    @Test func boundsTextsAndTokens() async throws {
        try await withVocabulary {
            // Debug builds read long frames slowly.
            $0.timeLimit = .seconds(60)
        } _: { client in
            let longest = String(repeating: "a", count: VocabularyLimits.textBytes)
            let count = try await client.count(longest)
            #expect(count > VocabularyLimits.tokens)
            let codes = [
                await code { _ = try await client.count(longest + "a") },
                await code {
                    _ = try await client.tokenize(
                        longest,
                        model: Demo.file,
                        addSpecial: false,
                        parseSpecial: false
                    )
                },
                await code {
                    let tokens = [Int](repeating: 0, count: VocabularyLimits.tokens + 1)
                    _ = try await client.detokenize(tokens, model: Demo.file)
                },
            ]
            #expect(codes == [.tooLarge, .tooLarge, .tooLarge])
        }
    }

    @Test func theLongestTextFitsIntoAFrame() {
        let text = String(repeating: "\u{1}", count: VocabularyLimits.textBytes)
        let frame: JSONObject = [
            "action": "tokenize", "file": .string(String(repeating: "\u{1}", count: 4096)),
            "text": .string(text), "add_special": false, "parse_special": false,
            "request_id": JSONValue(Int.max),
        ]
        #expect(FrameDecoder.encode(frame).count <= VocabularyLimits.frameBytes)
        // Numbers of tokens have at most seven digits and a comma.
        #expect(VocabularyLimits.tokens * 8 + 4096 <= VocabularyLimits.frameBytes)
    }

    @Test func refusesTokensThatDoNotExist() async throws {
        try await withVocabulary { client in
            let size = try await client.describe(model: Demo.file).size
            for token in [-1, size, Int(Int32.max), Int.min, Int.max] {
                let error = await #expect(throws: VocabularyError.self) {
                    try await client.detokenize([0, token], model: Demo.file)
                }
                #expect(error?.code == .badRequest, "\(token)")
            }
        }
    }

    @Test func leavesSpecialTokensOutWhenAsked() async throws {
        try await withVocabulary { client in
            let tokens = try await client.tokenize(
                "hello",
                model: Demo.file,
                addSpecial: true,
                parseSpecial: false
            )
            let bare = try await client.detokenize(tokens, model: Demo.file, showSpecial: false)
            let full = try await client.detokenize(tokens, model: Demo.file)
            #expect(bare.hasSuffix("hello"))
            #expect(full.utf8.count >= bare.utf8.count)
        }
    }

    @Test func failsWhenTheProgramIsMissing() async throws {
        for path in [\VocabularyConfiguration.launcher, \.program] {
            try await withVocabulary {
                $0[keyPath: path] = "/nonexistent/program"
            } _: { client in
                let error = await #expect(throws: VocabularyError.self) {
                    try await client.count("hello")
                }
                #expect(error?.code == .failed)
                #expect(error?.message.contains("/nonexistent/program") == true)
            }
        }
    }

    @Test func refusesAfterItsShutdown() async throws {
        try await withVocabulary { client in
            _ = try await client.count("hello")
            await client.shutdown()
            #expect(await client.processID == nil)
            let error = await #expect(throws: VocabularyError.self) {
                try await client.count("hello")
            }
            #expect(error?.code == .failed)
        }
    }

    @Test func isProtected() async throws {
        try await withVocabulary { client in
            _ = try await client.count("hello")
            let active = Set(await client.sandbox?.active ?? [])
            #expect(
                active.isSuperset(of: [
                    .memory, .files, .noNewPrivileges, .noSockets, .noProcesses, .systemCalls,
                    .noCapabilities, .parentDeath,
                ])
            )
            #expect(!active.contains(.nice))
        }
    }
}
