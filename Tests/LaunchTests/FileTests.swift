import CLinux
import Glibc
import POSIX
import TestKit
import Testing

/// Which files a process reaches under Landlock.
@Suite(.enabled(if: linux_landlock_version() >= 1, "this kernel has no Landlock"))
struct FileTests {
    private func reads(_ path: String, _ options: String...) async throws -> Bool {
        let script = "read line < '\(path)' && echo read it"
        let output = try await Runner.shell(["--no-other-files"] + options, script)
        #expect(output == "read it\n" || output.contains("Permission denied"), "\(output)")
        return output == "read it\n"
    }

    private func writes(_ path: String, _ options: String...) async throws -> Bool {
        let output = try await Runner.shell(
            ["--no-other-files"] + options,
            "echo x > '\(path)' && echo wrote it"
        )
        #expect(output == "wrote it\n" || output.contains("Permission denied"), "\(output)")
        return output == "wrote it\n"
    }

    private func file(_ path: String) throws -> String {
        try Files.replace(path, with: Array("text\n".utf8))
        return path
    }

    @Test func readsOnlyWhatIsNamed() async throws {
        #expect(try await !reads("/etc/passwd"))
        #expect(try await !reads("/etc/passwd", "--read", "/usr"))
        #expect(try await reads("/etc/passwd", "--read", "/etc/passwd"))
        #expect(try await reads("/etc/passwd", "--read", "/etc"))
        // A way around by the process's own folder in /proc.
        #expect(try await !reads("/proc/self/cwd/../../../../../../../../etc/passwd"))
    }

    @Test func readsNoOtherFolderBesideItsOwn() async throws {
        let folder = TemporaryFolder()
        for name in ["own", "other"] { try Files.makeFolder(folder.file(name)) }
        let (own, other) = (try file(folder.file("own/a")), try file(folder.file("other/a")))
        #expect(try await reads(own, "--read", folder.file("own")))
        #expect(try await !reads(other, "--read", folder.file("own")))
        #expect(try await !reads(folder.file("own/../other/a"), "--read", folder.file("own")))
        #expect(try await !writes(own, "--read", folder.file("own")))
    }

    @Test func aLinkAllowsWhatItLeadsToAndNothingBeside() async throws {
        let folder = TemporaryFolder()
        for name in ["own", "store"] { try Files.makeFolder(folder.file(name)) }
        let (blob, other) = (try file(folder.file("store/a")), try file(folder.file("store/b")))
        let link = folder.file("own/link")
        #expect(symlink(blob, link) == 0)
        #expect(try await !reads(link, "--read", folder.file("own")))
        #expect(try await reads(link, "--read", link))
        #expect(try await !reads(other, "--read", link))
    }

    @Test func writesOnlyWhereItMay() async throws {
        let folder = TemporaryFolder()
        for name in ["cache", "other"] { try Files.makeFolder(folder.file(name)) }
        let cache = folder.file("cache")
        #expect(try await writes("\(cache)/x", "--write", cache))
        #expect(try await reads("\(cache)/x", "--write", cache))
        #expect(try await !writes(folder.file("other/x"), "--write", cache))
        #expect(try await !writes("/dev/full", "--write", cache))
        #expect(Files.size(folder.file("other/x")) == nil)
    }

    @Test func reachesOnlyTheDevicesOfItsKind() async throws {
        #expect(try await writes("/dev/null"))
        #expect(try await !writes("/dev/zero"))
        #expect(try await writes("/dev/zero", "--device", "/dev/zero"))
    }

    @Test func saysWhichFileIsNotThere() async throws {
        let output = try await Runner.shell(
            ["--no-other-files", "--read", "/no/such"],
            "echo runs"
        )
        #expect(output.contains("cannot allow '/no/such': No such file"))
        #expect(output.hasSuffix("runs\n"))
    }
}
