import Digests
import Glibc
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelStore

extension TemporaryStore {
    /// The store for writing.
    var writer: StoreWriter { StoreWriter(store, settings: .quick) }

    /// All names in a folder of the store.
    func names(_ folder: String) -> [String] { Files.names(in: "\(path)/\(folder)") }

    /// A model's name.
    func name(_ text: String) throws -> ModelName { try #require(ModelName(text)) }
}

extension StoreWriter.Settings {
    /// Waits for nobody for long.
    static var quick: Self {
        var settings = Self()
        settings.patience = .milliseconds(50)
        settings.reserve = 0
        return settings
    }
}

@Suite struct WritingTests {
    private let files = TemporaryStore()

    @Test func blobsComeInPieces() throws {
        let digest = BlobDigest(of: [UInt8]("abc"))
        let blob = try BlobWriter(files.writer, expecting: digest, size: 3)
        try blob.write([UInt8]("a"))
        #expect(files.names("blobs").allSatisfy { $0.hasPrefix(".baton-") })
        #expect(files.writer.size(of: digest) == nil)
        try blob.write([UInt8]("bc"))
        let stored = try blob.finish()
        #expect(stored == StoredBlob(digest: digest, size: 3, isNew: true))
        #expect(files.names("blobs") == ["sha256-\(digest.hexadecimal)"])
        #expect(try Files.read(files.store.path(of: digest)) == [UInt8]("abc"))
        #expect(try files.writer.writeBlob([UInt8]("abc")).isNew == false)
        #expect(files.names("blobs").count == 1)
        #expect(throws: StoreError.cancelled) { try blob.finish() }
    }

    @Test func whatIsNotWhatItShouldBeLeavesNothing() throws {
        let digest = BlobDigest(of: [UInt8]("abc"))
        let other = try BlobWriter(files.writer, expecting: digest)
        try other.write([UInt8]("abd"))
        let found = BlobDigest(of: [UInt8]("abd"))
        let mismatch = StoreError.digestMismatch(expected: digest, found: found)
        #expect(throws: mismatch) { try other.finish() }
        #expect("\(mismatch)" == "digest mismatch, expected \"\(digest)\", got \"\(found)\"")
        let short = try BlobWriter(files.writer, expecting: digest, size: 4)
        try short.write([UInt8]("abc"))
        #expect(throws: StoreError.sizeMismatch(expected: 4, found: 3)) { try short.finish() }
        let long = try BlobWriter(files.writer, size: 2)
        #expect(throws: StoreError.sizeMismatch(expected: 2, found: 3)) {
            try long.write([UInt8]("abc"))
        }
        _ = try BlobWriter(files.writer)
        let called = try BlobWriter(files.writer)
        called.cancel()
        #expect(files.names("blobs") == [])
    }

    @Test func digestsHaveTwoForms() {
        let digits = String(repeating: "aB", count: 32)
        let digest = BlobDigest(client: "sha256:\(digits)")
        #expect(digest != nil && digest == BlobDigest(client: "sha256-\(digits)"))
        for text in [
            "sha256\(digits)", "sha256--\(digits)", "sha256-\(digits)a", digits, "", "sha256-",
        ] {
            #expect(BlobDigest(client: text) == nil)
        }
    }

    @Test func roomIsCheckedFirst() throws {
        var settings = StoreWriter.Settings.quick
        settings.reserve = 1 << 62
        let writer = StoreWriter(files.store, settings: settings)
        let error = #expect(throws: StoreError.self) { try BlobWriter(writer, size: 2 << 20) }
        guard case .noSpace(_, 2_097_152, _, settings.reserve)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        // What is small may use the reserve.
        _ = try writer.writeBlob([1])
    }

    @Test(arguments: [Set<StoreWriter.Way>([.link]), [.copy], [.clone, .link, .copy]])
    func filesBecomeBlobs(ways: Set<StoreWriter.Way>) throws {
        let content = [UInt8](repeating: 7, count: 3 << 20)
        let path = try files.write("elsewhere", content)
        var steps: [Int] = []
        let imported = try files.writer.importBlob(from: path, ways: ways) { done, total in
            #expect(total == content.count)
            steps.append(done)
            return true
        }
        #expect(ways.contains(imported.way))
        #expect(steps == [1 << 20, 2 << 20, 3 << 20])
        #expect(imported.blob.digest == BlobDigest(of: content))
        #expect(try Files.read(files.store.path(of: imported.blob.digest)) == content)
        #expect(try Files.read(path) == content)
        #expect(files.names("blobs").count == 1)
        #expect(try files.writer.importBlob(from: path, ways: ways).blob.isNew == false)
        #expect(files.names("blobs").count == 1)
    }

    @Test func importsThatFailLeaveNothing() throws {
        let path = try files.write("elsewhere", [UInt8](repeating: 7, count: 2 << 20))
        #expect(throws: StoreError.cancelled) {
            try files.writer.importBlob(from: path) { _, _ in false }
        }
        #expect(throws: StoreError.self) {
            try files.writer.importBlob(from: path, expecting: BlobDigest(of: [1]))
        }
        #expect(throws: StoreError.self) { try files.writer.importBlob(from: "/nowhere") }
        #expect(throws: StoreError.self) { try files.writer.importBlob(from: "/dev/zero") }
        #expect(throws: StoreError.self) { try files.writer.importBlob(from: path, ways: []) }
        #expect(throws: StoreError.changed(path: path)) {
            try files.writer.importBlob(from: path, ways: [.link]) { _, _ in
                files.setTime("elsewhere", 5)
                return true
            }
        }
        #expect(files.names("blobs") == [])
    }

    @Test func downloadsAreAdopted() throws {
        try files.write("blobs/x-partial", [1, 2, 3])
        let digest = BlobDigest(of: [1, 2, 3])
        #expect(try files.writer.adoptBlob(named: "x-partial", as: digest).isNew)
        #expect(files.names("blobs") == ["sha256-\(digest.hexadecimal)"])
        try files.write("blobs/y-partial", [1, 2])
        #expect(throws: StoreError.self) {
            try files.writer.adoptBlob(named: "y-partial", as: digest)
        }
        #expect(files.names("blobs").count == 1)
    }

    @Test func manifestsAreWrittenAsTheyAre() throws {
        let blob = try files.writer.writeBlob([UInt8]("text"))
        let layer = TemporaryStore.layer(
            ManifestLayer.Kind.system.mediaType,
            digest: "\(blob.digest)",
            size: 4
        )
        let body: JSONValue = ["layers": [layer], "other": [1.50]]
        let bytes = [UInt8](" \(body.indented)\n")
        let name = try files.name("Demo")
        #expect(try files.writer.writeManifest(bytes, as: name).name.full == name.full)
        let model = try files.model("demo")
        #expect(model.digest == "\(SHA256Digest(of: bytes))")
        // In other letters it is the same model, and stays what it is called.
        let again = try files.writer.writeManifest(bytes + [10], as: files.name("dEMO"))
        #expect(again.name.model == "Demo")
        #expect(again.removal == StoreWriter.Removal())
        #expect(files.store.list().models.map(\.name.short) == ["Demo:latest"])
        #expect(try files.model("demo").digest != model.digest)
        for bytes in [[], [UInt8]("{"), [UInt8]("[]"), bytes.dropLast(20)] {
            #expect(throws: StoreError.self) {
                try files.writer.writeManifest(Array(bytes), as: name)
            }
        }
        let missing = BlobDigest(of: [9])
        let lacking: JSONValue = [
            "layers": [TemporaryStore.layer("x", digest: "\(missing)", size: 1)]
        ]
        #expect(throws: StoreError.missingBlob(missing)) {
            try files.writer.writeManifest(lacking.serialized, as: name)
        }
        #expect(files.store.list().models.count == 1)
        #expect(files.names("manifests") == ["registry.ollama.ai"])
    }

    @Test func deletingLeavesWhatOthersNeed() throws {
        try files.add(model: "one", [(.system, [1]), (.license, [2])], config: ["a": 1])
        try files.add(model: "two", [(.license, [2])])
        try files.add("hf.co/a/B-GGUF/Q4_K_M", [(.template, [3])])
        #expect(
            try files.writer.copy(files.name("ONE"), to: files.name("x/three:q8")).removal.blobs
                == []
        )
        #expect(try files.model("x/three:q8").digest == files.model("one").digest)
        #expect(files.names("blobs").count == 4)
        #expect(try files.writer.delete(files.name("One")) == StoreWriter.Removal())
        #expect(files.names("blobs").count == 4)
        let removal = try files.writer.delete(files.name("x/three:q8"))
        #expect(removal.bytes == 1 + 7 && removal.blobs.count == 2)
        #expect(files.names("blobs").count == 2)
        #expect(try files.writer.delete(files.name("HF.CO/A/b-gguf:q4_k_m")).bytes == 1)
        #expect(files.names("manifests") == ["registry.ollama.ai"])
        #expect(files.names("manifests/registry.ollama.ai/library") == ["two"])
        let unknown = try files.name("one")
        #expect(throws: StoreError.unknownModel("one:latest")) { try files.writer.delete(unknown) }
        #expect(throws: StoreError.unknownModel("one:latest")) {
            try files.writer.copy(unknown, to: unknown)
        }
        #expect(try files.writer.verify().isClean)
    }

    @Test func replacingTakesAwayWhatOnlyTheOldOneNeeded() throws {
        try files.add(model: "one", [(.system, [1]), (.license, [2])])
        try files.add(model: "two", [(.system, [3]), (.license, [2])])
        let written = try files.writer.copy(files.name("two"), to: files.name("one"))
        #expect(written.removal.blobs == [BlobDigest(of: [1])])
        #expect(files.names("blobs").count == 2)
        let same = try files.writer.copy(files.name("two"), to: files.name("TWO"))
        #expect(same.name.model == "two" && same.removal.blobs.isEmpty)
        var settings = StoreWriter.Settings.quick
        settings.prunes = false
        try files.add(model: "three", [(.system, [4])])
        let keeper = StoreWriter(files.store, settings: settings)
        _ = try keeper.copy(files.name("two"), to: files.name("three"))
        #expect(files.writer.size(of: BlobDigest(of: [4])) == 1)
    }

    @Test func aManifestThatCannotBeReadKeepsEveryBlob() throws {
        try files.add(model: "one", [(.system, [1])])
        try files.write("manifests/registry.ollama.ai/library/bad/latest", [UInt8]("{"))
        let removal = try files.writer.delete(files.name("one"))
        #expect(removal.blobs.isEmpty && removal.left.count == 1)
        #expect(files.names("blobs").count == 1)
        var garbage = try files.writer.collect(
            minimumAge: .zero,
            partialAge: .zero,
            isDryRun: false
        )
        #expect(garbage.items.isEmpty && garbage.unread.count == 1)
        // A broken model itself can be deleted.
        _ = try files.writer.delete(files.name("bad"))
        garbage = try files.writer.collect(minimumAge: .zero, partialAge: .zero, isDryRun: false)
        #expect(garbage.bytes == 1 && garbage.unread.isEmpty)
        #expect(files.names("blobs") == [] && files.names("manifests") == [])
    }

    @Test(arguments: [
        "../x", "a/../b", "..", ".", "a/b/c/d", "", "x:", "/x", "a//b", "x:y/z", "-x",
        String(repeating: "a", count: 81), "a b", "a\0b", "é", "x@sha256:00",
    ])
    func namesThatLeadElsewhereAreNone(text: String) {
        #expect(ModelName(text) == nil)
    }

    @Test func longAndOddNamesAreFine() throws {
        try files.add(model: "one", [(.system, [1])])
        let long = String(repeating: "a", count: 80)
        for text in [
            "\(long)/\(long):\(long)", "_x", "x..y:1.0_-", "localhost:5000/a/b", "a.b.c/d/e",
        ] {
            let name = try files.name(text)
            #expect(try files.writer.copy(files.name("one"), to: name).name.full == name.full)
            #expect(try files.model(text).name.full == name.full)
        }
        #expect(files.store.list().models.count == 6)
        #expect(files.store.list().skipped == [])
    }
}
