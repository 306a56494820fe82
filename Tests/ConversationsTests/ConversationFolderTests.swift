import Conversations
import Digests
import Glibc
import POSIX
import TestKit
import Testing

/// The files of conversations: who can read them, and what is not read again.
struct ConversationFolderTests {
    private let home = TemporaryFolder()
    private let content = Array("a state of an engine".utf8)

    private var path: String { "\(home.path)/conversations" }

    /// A folder into which the engine "e" has written a file.
    private func folder(writing name: String = "one") throws -> ConversationFolder {
        let folder = try ConversationFolder(path)
        try write(name)
        return folder
    }

    private func write(_ name: String) throws {
        let own = "\(ConversationFolder.engines(in: path))/e"
        try Files.makeFolder(own, mode: 0o700)
        try Files.replace("\(own)/\(name)", with: content, mode: 0o644)
    }

    private func kept(_ digest: SHA256Digest) -> KeptConversation {
        KeptConversation(
            name: "one",
            owner: "x",
            engine: "e",
            trail: PromptTrail([]),
            tokens: 1,
            bytes: content.count,
            digest: digest,
            written: .now
        )
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func nobodyElseReadsWhatIsKept() throws {
        let folder = try folder()
        let digest = try folder.accept("one", from: "e", bytes: content.count)
        #expect(digest == SHA256Digest(of: content))
        #expect(mode("\(path)/kept/one") == 0o600)
        for each in ["", "/kept", "/engines"] { #expect(mode(path + each) == 0o700) }
        #expect(Files.names(in: "\(path)/engines/e").isEmpty, "no engine reads it any more")
    }

    @Test func anEngineIsLentWhatItMayRead() throws {
        let folder = try folder()
        let digest = try folder.accept("one", from: "e", bytes: content.count)
        try folder.lend(kept(digest))
        #expect(try Files.read("\(path)/engines/e/one") == content)
        #expect(Files.names(in: "\(path)/kept").isEmpty)
        folder.discard("one", from: "e")
        #expect(Files.names(in: "\(path)/engines/e").isEmpty)
    }

    @Test(arguments: ["short", "changed", "absent", "a link", "two names"])
    func whatIsNotAsItWasWrittenIsNotRead(fault: String) throws {
        let folder = try folder()
        let digest = try folder.accept("one", from: "e", bytes: content.count)
        let file = "\(path)/kept/one"
        var bytes = content
        switch fault {
        case "short": try Files.replace(file, with: Array(content.dropLast()))
        case "changed":
            bytes[3] ^= 1
            try Files.replace(file, with: bytes)
        case "absent": Files.remove(file)
        case "a link":
            try Files.replace("\(home.path)/other", with: content)
            Files.remove(file)
            #expect(symlink("\(home.path)/other", file) == 0)
        default: #expect(link(file, "\(home.path)/second") == 0)
        }
        #expect(throws: SystemError.self) { try folder.lend(kept(digest)) }
        #expect(Files.names(in: "\(path)/kept").isEmpty)
        #expect(Files.names(in: "\(path)/engines/e").isEmpty)
    }

    @Test func whatAnEngineSaysItWroteMustBeThere() throws {
        let folder = try folder()
        #expect(throws: SystemError.self) {
            try folder.accept("one", from: "e", bytes: content.count + 1)
        }
        #expect(throws: SystemError.self) { try folder.accept("none", from: "e", bytes: 1) }
        #expect(Files.names(in: "\(path)/engines/e").isEmpty)
        #expect(Files.names(in: "\(path)/kept").isEmpty)
    }

    @Test func aServiceThatStartsKnowsOfNothing() throws {
        do {
            let folder = try folder()
            _ = try folder.accept("one", from: "e", bytes: content.count)
            try write("two")
        }
        let folder = try ConversationFolder(path)
        #expect(Files.names(in: "\(path)/kept").isEmpty)
        #expect(Files.names(in: "\(path)/engines/e").isEmpty)
        folder.clear()
    }

    @Test func twoServicesDoNotShareAFolder() throws {
        let first = try ConversationFolder(path)
        let error = #expect(throws: SystemError.self) { try ConversationFolder(path) }
        #expect(error?.code == EWOULDBLOCK)
        first.clear()
    }

    @Test func aCollectionTakesWhatIsOld() throws {
        do {
            let folder = try folder()
            _ = try folder.accept("one", from: "e", bytes: content.count)
            try write("two")
        }
        let young = collect(olderThan: .seconds(3600))
        #expect(young.isEmpty)
        let found = collect(isDryRun: true)
        #expect(found.map(\.path) == ["\(path)/kept/one", "\(path)/engines/e/two"])
        #expect(found.allSatisfy { $0.bytes == content.count })
        let gone = collect()
        #expect(gone == found)
        let none = collect()
        #expect(none.isEmpty)
    }

    @Test func aCollectionLeavesWhatAServiceKnows() throws {
        let folder = try folder()
        _ = try folder.accept("one", from: "e", bytes: content.count)
        let none = collect()
        #expect(none.isEmpty)
        let gone = collect(evenInUse: true)
        #expect(gone.map(\.path) == ["\(path)/kept/one"])
        folder.clear()
    }

    @Test func aFolderThatIsNotThereHasNothing() {
        #expect(collect().isEmpty)
    }

    private func collect(
        olderThan age: Duration = .zero,
        isDryRun: Bool = false,
        evenInUse: Bool = false
    ) -> [ConversationFolder.Leftover] {
        ConversationFolder.collect(
            in: path,
            olderThan: age,
            isDryRun: isDryRun,
            evenInUse: evenInUse
        )
    }

    @Test func namesSayNothing() {
        let names = Set((0..<100).map { _ in ConversationFolder.freshName() })
        #expect(names.count == 100)
        #expect(names.allSatisfy { $0.count == 16 && $0.allSatisfy(\.isHexDigit) })
    }
}
