internal import Glibc
internal import POSIX

extension StoreWriter {
    /// What became of blobs that a model does not need any more.
    package struct Removal: Sendable, Hashable {
        /// Blobs that were taken away.
        package var blobs: [BlobDigest] = []
        /// Their bytes together.
        package var bytes = 0
        /// Why blobs were left, for a collection to take away later: manifests that cannot be read,
        /// or files that could not be removed.
        package var left: [StoreError] = []
    }

    /// A model that was written.
    package struct Written: Sendable, Hashable {
        /// Its name, as the store has it: that of the model that was replaced, if there was one.
        package let name: ModelName
        /// What became of the blobs of the model that was replaced.
        package var removal = Removal()
    }

    /// Writes a manifest as it is, byte for byte; a model of that name is replaced in one step.
    ///
    /// - Parameters:
    ///   - bytes: The manifest.
    ///   - name: The model's name, in any case.
    /// - Throws: `StoreError`: `.problem` when it is no manifest, `.missingBlob` when a blob that
    ///   it names is not there, `.busy`, `.system`.
    package func writeManifest(
        _ bytes: [UInt8],
        as name: ModelName
    ) throws(StoreError) -> Written {
        try prepare()
        let (written, old) = try locked(.shared) { () throws(StoreError) in
            try place(bytes, as: name)
        }
        return finish(written, old)
    }

    /// Gives a model a second name, which means the same bytes.
    ///
    /// - Parameters:
    ///   - source: The model, in any case.
    ///   - destination: The other name; a model of that name is replaced.
    /// - Throws: `StoreError`: `.unknownModel`, `.problem` when its manifest is broken,
    ///   `.missingBlob`, `.busy`, `.system`.
    package func copy(
        _ source: ModelName,
        to destination: ModelName
    ) throws(StoreError) -> Written {
        try prepare()
        let (written, old) = try locked(.shared) { () throws(StoreError) in
            guard let found = ManifestFolder(files).place(of: source) else {
                throw .unknownModel(source.short)
            }
            let bytes = try Self.reading { () throws(StoreProblem) in
                try files.read(found.place, limit: StoreFiles.longestManifest)
            }
            // Its own name in other letters.
            if source == destination { return (Written(name: found.name), Manifest?.none) }
            return try place(bytes, as: destination)
        }
        return finish(written, old)
    }

    /// Gives a model of another store a name in this one; its blobs come here, in place where that
    /// works.
    ///
    /// - Parameters:
    ///   - source: The model, in any case.
    ///   - other: The store that it is in.
    ///   - destination: The name here; a model of that name is replaced.
    /// - Throws: As `copy(_:to:)`, and as `importBlob`.
    package func copy(
        _ source: ModelName,
        of other: ModelStore,
        to destination: ModelName
    ) throws(StoreError) -> Written {
        guard let found = ManifestFolder(other.files).place(of: source) else {
            throw .unknownModel(source.short)
        }
        let bytes = try Self.reading { () throws(StoreProblem) in
            try other.files.read(found.place, limit: StoreFiles.longestManifest)
        }
        let manifest = try Self.reading { () throws(StoreProblem) in
            try Manifest(parsing: bytes, place: found.place)
        }
        let pin = try pin()
        for digest in BlobReferences.blobs(of: manifest) {
            try pin.hold(digest)
            try bring(digest, of: other)
        }
        return try writeManifest(bytes, as: destination)
    }

    /// Removes a model: its manifest, then those of its blobs that nobody else needs, then folders
    /// that are empty.
    ///
    /// Works for models with broken manifests too; their blobs are left then.
    ///
    /// - Parameter name: The model, in any case.
    /// - Throws: `StoreError`: `.unknownModel`, `.busy`, `.system`; the model is still there then.
    package func delete(_ name: ModelName) throws(StoreError) -> Removal {
        guard ManifestFolder(files).place(of: name) != nil else { throw .unknownModel(name.short) }
        try prepare()
        return try locked(.exclusive) { () throws(StoreError) in
            guard let place = ManifestFolder(files).place(of: name)?.place else {
                throw .unknownModel(name.short)
            }
            // A broken one goes as well; what it named is found by a collection.
            let old = try? files.manifest(at: place)
            let path = files.path(place)
            guard unsafe unlink(path) == 0 else { throw .system(.last("remove '\(path)'")) }
            StoreCalls.syncFolder(StoreCalls.parent(of: path))
            removeEmptyFolders(above: path)
            return remove(old.map(BlobReferences.blobs) ?? [])
        }
    }

    /// Puts a manifest in its place; call under the lock.
    ///
    /// - Returns: What was written, and the manifest that was there, if it could be read.
    private func place(
        _ bytes: [UInt8],
        as name: ModelName
    ) throws(StoreError) -> (Written, Manifest?) {
        guard bytes.count <= StoreFiles.longestManifest else {
            let most = StoreFiles.longestManifest
            throw .problem(StoreProblem("manifest", .tooLarge(bytes: bytes.count, most: most)))
        }
        let manifest = try Self.reading { () throws(StoreProblem) in
            try Manifest(parsing: bytes)
        }
        for digest in BlobReferences.blobs(of: manifest) where size(of: digest) == nil {
            throw .missingBlob(digest)
        }
        let existing = ManifestFolder(files).place(of: name)
        let stored = existing?.name ?? name
        let path = files.path(existing?.place ?? ManifestFolder.place(for: name))
        // One that is broken is replaced like any other; what it named is found by a collection.
        let old = existing.flatMap { try? files.manifest(at: $0.place) }
        let file = try TemporaryFile(in: manifestFolder)
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in unsafe try file.write(bytes) }
        }
        try result.get()
        let folder = StoreCalls.parent(of: path)
        try StoreCalls.makeFolder(folder)
        try file.publish(as: path)
        // New folders are names in those above them.
        for above in Self.folders(above: folder, below: manifestFolder) {
            StoreCalls.syncFolder(above)
        }
        return (Written(name: stored), old)
    }

    /// Takes away what only a replaced model needed.
    private func finish(_ written: Written, _ old: Manifest?) -> Written {
        guard settings.prunes, let old else { return written }
        var written = written
        do throws(StoreError) {
            written.removal = try locked(.exclusive) { remove(BlobReferences.blobs(of: old)) }
        } catch {
            // The model is written; a collection takes the blobs away.
            written.removal.left.append(error)
        }
        return written
    }

    /// Takes those of some blobs away that nobody needs; call under the exclusive lock.
    func remove(_ blobs: Set<BlobDigest>) -> Removal {
        var removal = Removal()
        guard !blobs.isEmpty else { return removal }
        let needed: Set<BlobDigest>
        do throws(StoreError) {
            needed = try self.needed()
        } catch {
            removal.left.append(error)
            return removal
        }
        for digest in blobs.subtracting(needed).sorted(by: { $0.hexadecimal < $1.hexadecimal }) {
            for path in files.paths(of: digest) {
                guard let bytes = FolderEntry(path)?.size else { continue }
                do throws(StoreError) {
                    try StoreCalls.remove(path)
                    removal.bytes += bytes
                    if !removal.blobs.contains(digest) { removal.blobs.append(digest) }
                } catch {
                    removal.left.append(error)
                }
            }
        }
        return removal
    }

    /// All blobs that somebody needs; call under the exclusive lock.
    ///
    /// - Throws: `StoreError` when that cannot be known.
    func needed() throws(StoreError) -> Set<BlobDigest> {
        let references = BlobReferences(files)
        if let problem = references.unread.first { throw .problem(problem) }
        return references.named.union(try BlobPin.held(in: pinFolder))
    }

    private func removeEmptyFolders(above path: String) {
        var folder = StoreCalls.parent(of: path)
        // Stops at the first that is not empty.
        while folder.hasPrefix(manifestFolder + "/"), unsafe rmdir(folder) == 0 {
            folder = StoreCalls.parent(of: folder)
        }
    }

    /// The folders from one up to another, which is the last.
    private static func folders(above folder: String, below top: String) -> [String] {
        var found: [String] = []
        var folder = folder
        while folder.hasPrefix(top + "/") {
            folder = StoreCalls.parent(of: folder)
            found.append(folder)
        }
        return found
    }

    /// Puts a problem of a file into an error of the store.
    static func reading<Result>(
        _ body: () throws(StoreProblem) -> Result
    ) throws(StoreError) -> Result {
        do throws(StoreProblem) {
            return try body()
        } catch {
            throw .problem(error)
        }
    }
}
