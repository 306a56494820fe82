import Configuration
import Glibc
import POSIX
import TestKit
import Testing

@Suite struct LocationTests {
    private let folder = TemporaryFolder()

    private func surroundings(_ variables: [String: String], user: UInt32 = 1000) -> Surroundings {
        Surroundings(user: user) { variables[$0] }
    }

    private func make(_ name: String) throws -> String {
        let path = folder.file(name)
        let slash = try #require(path.lastIndex(of: "/"))
        try Files.makeFolder(String(path[..<slash]))
        try Files.replace(path, with: Array("server: {port: 5}".utf8))
        return path
    }

    @Test func takesNoDefaultsWhereItMayNotLook() throws {
        // Root may enter every folder; a link to itself nobody can follow.
        let path = folder.file("loop/ocr.yaml")
        try Files.makeFolder(folder.file("loop"))
        #expect(symlink("ocr.yaml", path) == 0)
        let own = surroundings(["BATON_CONFIG_DIR": folder.file("loop")])
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.locate(service: "ocr", surroundings: own)
        }
        let none = try ConfigurationFile.locate(service: "vision", surroundings: own)
        #expect(none.path == nil)
    }

    @Test func takesTheFirstPlaceThatIsSet() throws {
        let explicit = try make("explicit.yaml")
        let own = try make("own/ocr.yaml")
        let xdg = try make("xdg/baton/ocr.yaml")
        let home = try make("home/.config/baton/ocr.yaml")
        var variables = ["HOME": folder.file("home")]
        func found(_ explicit: String? = nil) throws -> String? {
            try ConfigurationFile.locate(
                service: "ocr",
                explicit: explicit,
                surroundings: surroundings(variables)
            ).path
        }
        #expect(try found() == home)
        variables["XDG_CONFIG_HOME"] = folder.file("xdg")
        #expect(try found() == xdg)
        variables["XDG_CONFIG_HOME"] = "relative"
        #expect(try found() == home)
        variables["BATON_CONFIG_DIR"] = folder.file("own")
        #expect(try found() == own)
        variables["BATON_CONFIG_DIR"] = folder.file("empty")
        #expect(try found() == nil)
        #expect(try found(explicit) == explicit)
        #expect(throws: ConfigurationError.self) { try found(folder.file("missing.yaml")) }
        variables["BATON_CONFIG_DIR"] = "relative"
        #expect(throws: ConfigurationError.self) { try found() }
        variables = [:]
        #expect(throws: ConfigurationError.self) { try found() }
    }

    @Test func readsTheFileOrNothing() throws {
        let file = ConfigurationFile.self
        let path = try make("a.yaml")
        let reader = try file.locate(service: "x", explicit: path).reader()
        #expect(reader.section("server", about: "").integer("port", default: 1, about: "") == 5)
        let none = surroundings(["BATON_CONFIG_DIR": folder.path])
        let empty = try file.locate(service: "x", surroundings: none).reader()
        #expect(empty.integer("port", default: 1, about: "") == 1)
        #expect(throws: ConfigurationError.self) {
            try file.locate(service: "x", explicit: folder.path).reader()
        }
    }

    @Test func putsFoldersWhereTheyBelong() throws {
        let root = try Folders(surroundings: surroundings([:], user: 0))
        #expect(
            [root.state, root.cache, root.runtime] == [
                "/var/lib/baton", "/var/cache/baton", "/run/baton",
            ]
        )
        let home = try Folders(surroundings: surroundings(["HOME": "/h"]))
        #expect(
            [home.state, home.cache, home.runtime] == [
                "/h/.local/state/baton", "/h/.cache/baton", "/tmp/baton-1000",
            ]
        )
        let xdg = try Folders(
            surroundings: surroundings([
                "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/r",
            ])
        )
        #expect([xdg.state, xdg.cache, xdg.runtime] == ["/s/baton", "/c/baton", "/r/baton"])
        let own = try Folders(
            surroundings: surroundings(
                ["BATON_STATE_DIR": "/1", "BATON_CACHE_DIR": "/2", "BATON_RUNTIME_DIR": "/3"],
                user: 0
            )
        )
        #expect([own.state, own.cache, own.runtime] == ["/1", "/2", "/3"])
    }

    @Test func makesFoldersOnce() throws {
        let folders = try Folders(
            surroundings: surroundings([
                "BATON_STATE_DIR": folder.file("a/state"), "BATON_CACHE_DIR": folder.file("cache"),
                "BATON_RUNTIME_DIR": folder.file("run"),
            ])
        )
        try folders.make()
        try folders.make()
        #expect(Files.isFolder(folders.state))
        #expect(Files.isFolder(folders.runtime))
    }

    @Test func trustsOnlyAPrivateFolder() throws {
        let path = folder.file("private")
        try Files.makePrivateFolder(path)
        try Files.makePrivateFolder(path)
        #expect(chmod(path, 0o755) == 0)
        #expect(throws: SystemError.self) { try Files.makePrivateFolder(path) }
        #expect(chmod(path, 0o700) == 0)
        #expect(symlink(path, folder.file("link")) == 0)
        #expect(throws: SystemError.self) { try Files.makePrivateFolder(folder.file("link")) }
    }
}
