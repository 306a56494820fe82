import Digests
import Glibc
import JSON
import POSIX
import Testing

@testable import ModelStore

@Suite struct ModelStoreTests {
    private let files = TemporaryStore()

    private func reasons(_ listing: ModelStore.Listing) -> [String: StoreProblem.Reason] {
        Dictionary(listing.skipped.map { ($0.place, $0.reason) }) { first, _ in first }
    }

    @Test func listsModelsNewestFirst() throws {
        try files.add(model: "old", [(.system, Array("be brief"))])
        try files.add("hf.co/a/new-GGUF/Q4_K_M", [(.license, Array("free"))], config: [:])
        files.setTime("manifests/registry.ollama.ai/library/old/latest", 1_000)
        files.setTime("manifests/hf.co/a/new-GGUF/Q4_K_M", 2_000)
        let listing = files.store.list()
        #expect(listing.models.map(\.name.short) == ["hf.co/a/new-GGUF:Q4_K_M", "old:latest"])
        #expect(listing.models.map(\.modified) == [2_000_000_000_000, 1_000_000_000_000])
        #expect(listing.models.map(\.size) == [6, 8])
        #expect(listing.skipped.isEmpty)
        let path = "\(files.path)/manifests/registry.ollama.ai/library/old/latest"
        let digest = "\(SHA256Digest(of: try Files.read(path)))"
        #expect(listing.models[1].digest == digest)
    }

    @Test(arguments: [10_000_000_000, 1 << 60, -10_000_000_000])
    func anyTimeOfAFileIsFine(seconds: Int) throws {
        try files.add(model: "m")
        files.setTime("manifests/registry.ollama.ai/library/m/latest", seconds)
        #expect(files.store.list().models.count == 1)
    }

    @Test func aStoreThatIsNotThereIsEmpty() throws {
        let store = ModelStore(path: "/nowhere/at/all") { _ in [] }
        #expect(store.list().models.isEmpty && store.list().skipped.isEmpty)
        #expect(try store.model(named: #require(ModelName("a"))) == nil)
    }

    @Test func caseDoesNotCount() throws {
        try files.add("Hf.co/Some/Model-GGUF/Q8_0", [])
        for name in ["hf.co/some/model-gguf:q8_0", "HF.CO/SOME/MODEL-GGUF:Q8_0"] {
            #expect(try files.model(name).name.full == "Hf.co/Some/Model-GGUF:Q8_0")
        }
        #expect(try files.store.model(named: #require(ModelName("hf.co/some/model-gguf"))) == nil)
    }

    @Test func ofSeveralThatDifferInCaseTheSameOneIsTaken() throws {
        try files.add(model: "Demo", [(.system, Array("upper"))])
        try files.add(model: "demo", [(.system, Array("lower"))])
        // A folder without the tag does not hide the one that has it.
        try Files.makeFolder("\(files.path)/manifests/registry.ollama.ai/library/DEMO")
        #expect(try files.model("Demo").name.model == "Demo")
        #expect(try files.model("demo").name.model == "demo")
        #expect(try files.model("dEMO").name.model == "Demo")
        #expect(files.store.list().models.count == 2)
    }

    @Test func whatIsNoModelIsPassedOver() throws {
        try files.add(model: "good")
        let library = "manifests/registry.ollama.ai/library"
        try files.write("manifests/.DS_Store", [1])
        try files.write("manifests/README", [1])
        try files.write("\(library)/.hidden/latest", [])
        try files.write("\(library)/a b/latest", [])
        try files.write("\(library)/é/latest", [])
        try files.write("\(library)/empty/latest", [])
        try files.write("\(library)/text/latest", Array("no json"))
        try files.write("\(library)/list/latest", Array("[]"))
        try files.write("\(library)/good/latest.partial~", [])
        try Files.makeFolder("\(files.path)/\(library)/folder/latest/deeper")
        try files.write("\(library)/large/latest", [])
        truncate("\(files.path)/\(library)/large/latest", 100_000_000)
        mkfifo("\(files.path)/\(library)/good/pipe", 0o600)
        symlink("nowhere", "\(files.path)/\(library)/good/dangling")
        let listing = files.store.list()
        let reasons = reasons(listing)
        #expect(listing.models.map(\.name.short) == ["good:latest"])
        #expect(reasons["manifests/.DS_Store"] == .hidden)
        #expect(reasons["manifests/README"] == .notAFolder)
        #expect(reasons["\(library)/.hidden"] == .hidden)
        #expect(reasons["\(library)/a b"] == .invalidName)
        #expect(reasons["\(library)/é"] == .invalidName)
        #expect(reasons["\(library)/good/latest.partial~"] == .invalidName)
        #expect(reasons["\(library)/folder/latest"] == .notAFile)
        #expect(reasons["\(library)/good/pipe"] == .notAFile)
        #expect(reasons["\(library)/good/dangling"] == .missing)
        let most = StoreFiles.longestManifest
        #expect(reasons["\(library)/large/latest"] == .tooLarge(bytes: 100_000_000, most: most))
        for name in ["empty", "text"] {
            guard case .invalidJSON? = reasons["\(library)/\(name)/latest"] else {
                Issue.record("\(name)")
                continue
            }
        }
        let list = StoreProblem.Reason.invalid("'body' must be an object, not a list")
        #expect(reasons["\(library)/list/latest"] == list)
        #expect(reasons.count == 13)
        #expect(listing.skipped.allSatisfy { "\($0)".contains($0.place) })
    }

    @Test func namesThatAreNoTextArePassedOver() throws {
        try files.add(model: "good")
        let library = "\(files.path)/manifests/registry.ollama.ai/library/"
        let bytes = Array(library.utf8) + [0xFF, 0xFE]
        let path = (bytes + [0]).map { CChar(bitPattern: $0) }
        #expect(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        let listing = files.store.list()
        #expect(listing.models.count == 1)
        #expect(listing.skipped.map(\.reason) == [.invalidName])
    }

    @Test(arguments: [
        "sha256:../../../../etc/passwd", "sha256-" + String(repeating: "a", count: 64),
        "sha256:" + String(repeating: "a", count: 63),
        "sha256:" + String(repeating: "g", count: 64), "/etc/passwd",
        "md5:" + String(repeating: "a", count: 64),
        "sha256:" + String(repeating: "a", count: 62) + "/x",
    ])
    func onlyDigestsBecomePaths(digest: String) throws {
        #expect(BlobDigest(digest) == nil)
        let layer = TemporaryStore.layer("x", digest: digest, size: 1)
        let manifest: JSONValue = ["layers": [layer]]
        try files.write("manifests/h/n/m/t", manifest.serialized)
        #expect(files.store.list().models.isEmpty)
        let name = try #require(ModelName("h/n/m:t"))
        let problem = #expect(throws: StoreProblem.self) { try files.store.model(named: name) }
        let reason = "'layers[0].digest' must be 'sha256:' and 64 hexadecimal digits"
        #expect(problem?.reason == .invalid(reason))
    }

    @Test func digestsMayBeInCapitals() throws {
        let digest = try files.blob([1, 2, 3])
        let text = "sha256:" + digest.hexadecimal.uppercased()
        #expect(BlobDigest(text) == digest)
        #expect(files.store.path(of: digest) == "\(files.path)/blobs/sha256-\(digest.hexadecimal)")
    }

    @Test func blobsOfOldStoresAndBehindLinksAreFound() throws {
        let digest = try #require(BlobDigest("sha256:\(SHA256Digest(of: "old"))"))
        try files.write("blobs/sha256:\(digest.hexadecimal)", Array("old"))
        #expect(files.store.path(of: digest).hasSuffix("/blobs/\(digest)"))
        try files.add(model: "m", [(.system, Array("elsewhere"))])
        let model = try files.model("m")
        let blob = files.store.path(of: model.manifest.layers[0].digest)
        let elsewhere = try files.write("elsewhere", Array("elsewhere"))
        unlink(blob)
        symlink(elsewhere, blob)
        #expect(files.store.contents(of: model).system == "elsewhere")
    }

    @Test func readsWhatChangedAndNothingElse() throws {
        try files.add(model: "a", [(.system, Array("1"))])
        let place = "manifests/registry.ollama.ai/library/a/latest"
        let first = try files.model("a")
        #expect(try files.model("a") == first)
        try files.add(model: "a", [(.system, Array("2"))])
        let second = try files.model("a")
        #expect(second.digest != first.digest)
        #expect(files.store.list().models == [second])
        Files.remove("\(files.path)/\(place)")
        #expect(files.store.list().models.isEmpty)
        #expect(try files.store.model(named: first.name) == nil)
    }

    @Test func asksForFilesOnceOnly() throws {
        let path = try files.write("file", [1])
        let cache = VersionedCache<Int>()
        var made = 0
        func value() throws -> Int {
            try cache.value(of: path, FileVersion.current(of: path)) { () throws(StoreProblem) in
                made += 1
                return made
            }
        }
        #expect(try value() == 1)
        #expect(try value() == 1)
        files.setTime("file", 5)
        #expect(try value() == 2)
        #expect(cache.keep(only: [path]))
        #expect(!cache.keep(only: [path]))
        #expect(try value() == 2)
        #expect(cache.keep(only: []))
        #expect(try value() == 3)
        #expect(throws: StoreProblem.self) {
            try cache.value(of: "/nowhere", nil) { () throws(StoreProblem) in
                throw StoreProblem("nowhere", .missing)
            }
        }
    }

    @Test func listsNoMoreThanSomeThousandModels() throws {
        for name in ["a", "b", "c"] { try files.add(model: name) }
        var folder = ManifestFolder(StoreFiles(folder: files.path), mostManifests: 2)
        folder.walk()
        #expect(folder.found.count == 2)
        #expect(folder.skipped.map(\.reason) == [.tooMany(most: 2)])
    }

    @Test func manifestsSayHowLargeAModelIs() throws {
        let digest = "sha256:" + String(repeating: "0", count: 64)
        func size(_ sizes: [JSONValue]) throws -> Int {
            let layers = sizes.map { size -> JSONValue in
                ["mediaType": "x", "digest": .string(digest), "size": size]
            }
            let manifest: JSONValue = ["layers": .array(layers)]
            return try Manifest(parsing: manifest.serialized).size
        }
        #expect(try size([]) == 0)
        #expect(try size([1, 2]) == 3)
        #expect(try size([JSONValue(Int.max), 2]) == .max)
        #expect(throws: StoreProblem.self) { try size([-1]) }
        #expect(throws: StoreProblem.self) { try size(["1"]) }
        let empty = try Manifest(parsing: Array(#"{"config": {"digest": ""}, "layers": null}"#))
        #expect(empty.config == nil && empty.layers.isEmpty)
    }
}
