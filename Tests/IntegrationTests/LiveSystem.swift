import POSIX
import Testing

/// Starts a device manager and an OCR service once for all tests of a suite, and ends them in order.
struct LiveSystem: SuiteTrait, TestScoping {
    /// The running system of the suite.
    @TaskLocal static var installation: Installation?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Installation.with { installation in
            let manager = try await installation.start("device")
            let service = try await installation.startService()
            try await Self.$installation.withValue(installation) { try await body() }
            #expect(await service.end(by: 15) == .exited(0), "\(service.log.text)")
            #expect(await manager.end(by: 15) == .exited(0), "\(manager.log.text)")
        }
    }
}

extension Trait where Self == LiveSystem {
    /// One running system for the whole suite.
    static var liveSystem: Self { Self() }
}

/// What a running system answers; none of these tests disturbs it for the others.
@Suite(.liveSystem, .timeLimit(.minutes(2))) struct LiveTests {
    /// The running system.
    static var baton: Installation {
        get throws { try #require(LiveSystem.installation) }
    }
}
