internal import ModelFiles
internal import POSIX

/// The models in a folder that is laid out as Ollama does it; reading alone.
///
/// DESIGN. `manifests/<host>/<namespace>/<model>/<tag>` lists the blobs of a model, which lie in
/// `blobs/sha256-<digest>`. Others may write there at any time: nothing is locked, and every call
/// looks at the folder as it is. What was read of a file is kept as long as its number, size and
/// time stay the same, so that asking again costs one `stat` for each file and reads none.
///
/// Whatever is in the folder, nothing here crashes, waits, or reads without bounds: a file that
/// cannot be used is passed over and named.
///
/// Calls block while they read; they may come from any threads at once.
package final class ModelStore: Sendable {
    /// The models, newest first, and what was passed over.
    package struct Listing: Sendable, Hashable {
        /// The models; of the same age by name.
        package let models: [StoredModel]
        /// The files and folders that are no models, and why.
        package let skipped: [StoreProblem]
    }

    /// The folder that holds `manifests` and `blobs`.
    package var path: String { files.folder }

    let files: StoreFiles
    /// The fields that a template names; nil when it is none.
    let templateFields: @Sendable (String) -> Set<String>?
    let manifests = VersionedCache<StoredModel>()
    let configs = VersionedCache<ModelConfig>()
    let facts = VersionedCache<GGUFFacts>()
    let fields = VersionedCache<Set<String>>()

    /// Opens a store; a folder that is not there is an empty one.
    ///
    /// - Parameters:
    ///   - path: The folder that holds `manifests` and `blobs`.
    ///   - templateFields: The names of all fields in a template's text, without their dots; nil
    ///     when the text is no template. Called from whatever thread asks.
    package init(
        path: String,
        templateFields: @escaping @Sendable (String) -> Set<String>?
    ) {
        files = StoreFiles(folder: path)
        self.templateFields = templateFields
    }

    /// All models.
    package func list() -> Listing {
        var folder = ManifestFolder(files)
        folder.walk()
        var skipped = folder.skipped
        var models: [StoredModel] = []
        models.reserveCapacity(folder.found.count)
        for (place, name) in folder.found {
            do throws(StoreProblem) {
                models.append(try model(at: place, name))
            } catch {
                skipped.append(error)
            }
        }
        forgetAll(but: models)
        models.sort {
            $0.modified == $1.modified ? $0.place < $1.place : $0.modified > $1.modified
        }
        return Listing(models: models, skipped: skipped)
    }

    /// The model of a name.
    ///
    /// Case does not count; the model's own name is as the store has it.
    ///
    /// - Parameter name: The name.
    /// - Returns: Nil when there is none.
    /// - Throws: `StoreProblem` when there is one with a broken manifest.
    package func model(named name: ModelName) throws(StoreProblem) -> StoredModel? {
        guard let found = ManifestFolder(files).place(of: name) else { return nil }
        return try model(at: found.place, found.name)
    }

    /// Where the manifest of a name is, when it is written exactly so.
    ///
    /// - Parameter name: The name.
    package func manifestPath(of name: ModelName) -> String {
        files.path(ManifestFolder.place(for: name))
    }

    /// The path of a blob, whether it is there or not.
    ///
    /// - Parameter digest: The blob.
    package func path(of digest: BlobDigest) -> String { files.path(files.place(of: digest)) }

    private func model(at place: String, _ name: ModelName) throws(StoreProblem) -> StoredModel {
        let path = files.path(place)
        let version = FileVersion.current(of: path)
        return try manifests.value(of: path, version) { () throws(StoreProblem) in
            let bytes = try files.read(place, limit: StoreFiles.longestManifest)
            guard let version = FileVersion.current(of: path) else {
                throw StoreProblem(place, .missing)
            }
            return StoredModel(
                name: name,
                place: place,
                manifest: try Manifest(parsing: bytes, place: place),
                modified: version.changed
            )
        }
    }

    /// Lets go of what was kept of files that no model has any more.
    private func forgetAll(but models: [StoredModel]) {
        guard manifests.keep(only: Set(models.map { files.path($0.place) })) else { return }
        let layers = models.flatMap { $0.manifest.layers + ($0.manifest.config.map { [$0] } ?? []) }
        let kept = layers.filter { $0.kind != .tensor && $0.kind != .json }
        let paths = Set(kept.flatMap { layer in files.paths(of: layer.digest) })
        configs.keep(only: paths)
        facts.keep(only: paths)
        fields.keep(only: paths)
    }
}
