import POSIX
import Testing

/// Limits that bite.
@Suite struct LimitTests {
    @Test func takesNoMoreMemoryThanItsLimit() async throws {
        let script = "bytearray(300 << 20)"
        let refused = try await Runner.python(["--memory", "\(200 << 20)"], script)
        #expect(refused.contains("MemoryError"), "\(refused)")
        #expect(try await Runner.python([], script) == "")
    }

    @Test func opensNoMoreFilesThanItsLimit() async throws {
        let script = """
            files = []
            try:
                for _ in range(64): files.append(open("/dev/null"))
                print("opened")
            except OSError as error: print(error.strerror)
            """
        #expect(try await Runner.python(["--files", "32"], script) == "Too many open files\n")
        #expect(try await Runner.python(["--files", "128"], script) == "opened\n")
    }
}
