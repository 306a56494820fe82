import Digests
import Glibc
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelStore

/// A store in a folder of a test's own.
final class TemporaryStore {
    private let folder = TemporaryFolder()

    /// The folder that holds `manifests` and `blobs`.
    var path: String { folder.path }

    /// The store; templates name the fields that stand after a dot.
    lazy var store = ModelStore(path: path) { text in
        let words = text.split(separator: ".").dropFirst().map(Self.word)
        return text.contains("{{ broken") ? nil : Set(words)
    }

    private static func word(_ text: Substring) -> String { String(text.prefix(while: \.isLetter)) }

    /// Writes any file, with the folders above it.
    @discardableResult
    func write(_ place: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(path)/\(place)"
        try Files.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try Files.replace(path, with: bytes)
        return path
    }

    /// Writes a blob.
    func blob(_ bytes: [UInt8]) throws -> BlobDigest {
        let digest = SHA256Digest(of: bytes)
        try write("blobs/sha256-\(digest)", bytes)
        return try #require(BlobDigest("sha256:\(digest)"))
    }

    /// Writes blobs and gives what a manifest says of them.
    func layers(_ contents: [(kind: ManifestLayer.Kind, bytes: [UInt8])]) throws -> [JSONValue] {
        try contents.map { kind, bytes in
            let digest = try blob(bytes)
            return Self.layer(kind.mediaType, digest: digest.description, size: bytes.count)
        }
    }

    /// What a manifest says of a blob.
    static func layer(_ mediaType: String, digest: String, size: Int) -> JSONValue {
        ["mediaType": .string(mediaType), "digest": .string(digest), "size": JSONValue(size)]
    }

    /// Adds a model.
    ///
    /// - Parameters:
    ///   - place: The manifest's place below the folder of manifests.
    ///   - contents: Its blobs.
    ///   - config: Its configuration.
    func add(
        _ place: String,
        _ contents: [(kind: ManifestLayer.Kind, bytes: [UInt8])],
        config: JSONValue? = nil
    ) throws {
        var manifest: JSONObject = [
            "schemaVersion": 2, "layers": .array(try layers(contents)),
        ]
        if let config {
            let bytes = config.serialized
            manifest["config"] = Self.layer(
                "application/vnd.docker.container.image.v1+json",
                digest: try blob(bytes).description,
                size: bytes.count
            )
        }
        try write("manifests/\(place)", JSONValue.object(manifest).serialized)
    }

    /// Adds a model of the library with one tag.
    func add(
        model: String,
        _ contents: [(kind: ManifestLayer.Kind, bytes: [UInt8])] = [],
        config: JSONValue? = nil
    ) throws {
        try add("registry.ollama.ai/library/\(model)/latest", contents, config: config)
    }

    /// A model of this store that must be there.
    func model(_ name: String) throws -> StoredModel {
        let name = try #require(ModelName(name))
        return try #require(try store.model(named: name))
    }

    /// Sets the time of a file, in seconds since 1970.
    func setTime(_ place: String, _ seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(path)/\(place)", [time, time], 0)
    }
}

extension [UInt8] {
    /// A text's bytes.
    init(_ text: String) { self = Array(text.utf8) }
}
