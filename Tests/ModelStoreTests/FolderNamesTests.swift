import Glibc
import POSIX
import Testing

@testable import ModelStore

@Suite struct FolderNamesTests {
    private let files = TemporaryStore()
    private let folders = FolderNames()
    /// When everything that happens here is long ago, so that names are kept.
    private let later = WallTime.now + .seconds(3600)

    @Test func tellsWhatComesAndGoes() throws {
        let folder = "\(files.path)/folder"
        try Files.makeFolder(folder)
        #expect(try folders.names(in: folder, at: later) == [])
        for name in ["b", "a"] {
            try waitForTheNextChange(of: folder)
            try Files.makeFolder("\(folder)/\(name)")
        }
        #expect(try folders.names(in: folder, at: later) == ["a", "b"])
        #expect(try folders.names(in: folder, at: later) == ["a", "b"])
        try waitForTheNextChange(of: folder)
        rename("\(folder)/a", "\(folder)/c")
        #expect(try folders.names(in: folder, at: later) == ["b", "c"])
        try waitForTheNextChange(of: folder)
        rmdir("\(folder)/b")
        #expect(try folders.names(in: folder, at: later) == ["c"])
    }

    @Test func readsAFolderThatHasJustChanged() throws {
        let folder = "\(files.path)/folder"
        try Files.makeFolder(folder)
        // As quickly as this the kernel's clock may not have moved between two changes.
        for number in 0..<200 {
            #expect(try folders.names(in: folder).count == number)
            try Files.makeFolder("\(folder)/\(number)")
        }
    }

    @Test func saysWhyThereAreNone() throws {
        #expect(throws: SystemError.self) { try folders.names(in: "\(files.path)/nowhere") }
        let folder = "\(files.path)/folder"
        try Files.makeFolder(folder)
        #expect(try folders.names(in: folder, at: later) == [])
        rmdir(folder)
        #expect(throws: SystemError.self) { try folders.names(in: folder, at: later) }
    }

    /// Goes on once the kernel's clock has moved on since a folder's last change.
    private func waitForTheNextChange(of folder: String) throws {
        var before = stat()
        #expect(stat(folder, &before) == 0)
        let probe = "\(files.path)/probe"
        for _ in 0..<1_000_000 {
            try Files.makeFolder(probe)
            rmdir(probe)
            var now = stat()
            #expect(stat(files.path, &now) == 0)
            if now.st_mtim.tv_sec != before.st_ctim.tv_sec
                || now.st_mtim.tv_nsec > before.st_ctim.tv_nsec
            {
                return
            }
        }
        Issue.record("the kernel's clock stands still")
    }
}
