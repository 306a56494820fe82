import CLinux
import POSIX
import Sandboxing
import TestKit
import Testing

/// What the launcher tells its parent.
@Suite struct ReportTests {
    private static var options: LaunchOptions {
        var options = LaunchOptions(program: "/bin/true")
        options.confineFully(parent: CurrentProcess.id)
        return options
    }

    /// Runs the launcher on a kernel that lacks something.
    private func outcome(
        _ options: LaunchOptions,
        without lacks: [LesserKernel.Lack]
    ) async throws -> (report: SandboxReport?, status: POSIX.ExitStatus) {
        let folder = TemporaryFolder()
        let launcher = try LesserKernel.program(
            Runner.launcher,
            without: lacks,
            at: folder.file("launch")
        )
        let result = try await Runner.with { try await $0.report(options, launcher: launcher) }
        return withExtendedLifetime(folder) { result }
    }

    @Test func listsWhatHolds() async throws {
        let (report, status) = try await Runner.with { try await $0.report(Self.options) }
        #expect(status == .exited(0))
        let active = Set(report?.active ?? [])
        #expect(
            active.isSuperset(of: [
                .group, .noCore, .noNewPrivileges, .outOfMemoryScore, .parentDeath, .noCapabilities,
                .systemCalls, .noSockets, .noProcesses,
            ])
        )
        #expect(active.isDisjoint(with: [.memory, .files, .nice]))
        let lacking = Set(report?.missing.map(\.protection) ?? [])
        #expect(active.isDisjoint(with: lacking))
        #expect(active.union(lacking).isSuperset(of: [.landlock, .landlockTCP, .landlockScope]))
        #expect(report?.failure == nil)
    }

    @Test func listsNothingThatWasNotAskedFor() async throws {
        let options = LaunchOptions(program: "/bin/true")
        let (report, _) = try await Runner.with { try await $0.report(options) }
        #expect(report?.active == [.group, .noCore, .noNewPrivileges])
        #expect(report?.missing == [])
    }

    @Test func saysWhatAKernelWithoutLandlockLacks() async throws {
        let (report, status) = try await outcome(Self.options, without: [.landlock])
        #expect(status == .exited(0))
        let missing = try #require(report?.missing)
        #expect(missing.first == .init(.landlock, "Function not implemented"))
        #expect(missing.map(\.protection) == [.landlock, .landlockScope, .landlockTCP])
        #expect(missing.last?.reason == "needs Landlock version 4, the kernel has 0")
        #expect(report?.active.contains(.noSockets) == true)
    }

    @Test func saysWhatAContainerLacks() async throws {
        let (report, status) = try await outcome(Self.options, without: [.namespaces])
        #expect(status == .exited(0))
        #expect(
            report?.missing.contains(.init(.networkNamespace, "Operation not permitted")) == true
        )
        #expect(report?.active.contains(.noSockets) == true)
    }

    @Test func saysWhatAKernelWithoutFiltersLacks() async throws {
        let (report, _) = try await outcome(Self.options, without: [.filters])
        let missing = report?.missing.filter { $0.reason == "Invalid argument" } ?? []
        #expect(missing.map(\.protection) == [.systemCalls, .noSockets, .noProcesses])
    }

    @Test func startsNothingThatCannotBeProtectedWhenStrict() async throws {
        var options = Self.options
        options.isStrict = true
        let (report, status) = try await outcome(options, without: [.landlock])
        #expect(status == .exited(126))
        #expect(
            report?.failure
                == "the sandbox must be complete and lacks landlock (Function not implemented)"
        )
    }

    @Test func tellsOnStandardErrorWhenNobodyElseListens() async throws {
        let folder = TemporaryFolder()
        let launcher = try LesserKernel.program(
            Runner.launcher,
            without: [.landlock],
            at: folder.file("launch")
        )
        let words = [launcher, "--no-other-files", "--", "/bin/true"]
        let text = try await Runner.with { runner in
            try await Runner.text(of: runner.start(words).output)
        }
        #expect(text == "baton-launch: cannot apply landlock (Function not implemented)\n")
    }

    @Test func tellsThatTheProgramCannotBeExecuted() async throws {
        var options = Self.options
        options.program = "/no/such"
        let (report, status) = try await Runner.with { try await $0.report(options) }
        #expect(status == .exited(127))
        #expect(report?.failure == "cannot execute '/no/such': No such file or directory")
    }

    @Test func checksWithoutStartingAnything() async throws {
        var options = Self.options
        options.program = ""
        options.onlyReports = true
        let (report, status) = try await Runner.with { try await $0.report(options) }
        #expect(status == .exited(0))
        #expect(report?.active.contains(.noSockets) == true)
    }
}
