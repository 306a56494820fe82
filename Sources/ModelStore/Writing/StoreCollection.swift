internal import Glibc
package import POSIX

/// What nobody needs in a store.
package struct Garbage: Sendable, Hashable {
    /// What a file was for.
    package enum Kind: Sendable, Hashable {
        /// A blob that no manifest names.
        case blob
        /// A download that was not finished.
        case partial
        /// A file that was being written by a process that died.
        case temporary
    }

    /// One file.
    package struct Item: Sendable, Hashable {
        /// Where it is, from the store's folder on.
        package let place: String
        /// What it was for.
        package let kind: Kind
        /// Bytes that go with it.
        package let bytes: Int
        /// Why it could not be removed; nil where it was, or would be.
        package var problem: StoreError?
    }

    /// The files.
    package var items: [Item] = []
    /// Why blobs and downloads were not looked at: manifests of which nobody knows what they name.
    package var unread: [StoreProblem] = []

    /// Bytes of all files that were removed, or would be.
    package var bytes: Int { items.reduce(0) { $0 + ($1.problem == nil ? $1.bytes : 0) } }
}

extension StoreWriter {
    /// Takes away what nobody needs.
    ///
    /// Blobs that no manifest names, downloads that were not finished, and what killed processes
    /// left behind; each only when it is older than a while, for somebody may be about to name or
    /// finish it. What a living process of ours has pinned or is writing stays whatever its age.
    /// Files of other names are nobody's business.
    ///
    /// - Parameters:
    ///   - minimumAge: How long nothing must have happened to a file; one hour unless said.
    ///   - partialAge: The same for downloads, which people go on with after days; a week unless
    ///     said.
    ///   - isDryRun: Whether to tell only; then nothing changes.
    ///   - now: The present moment.
    /// - Throws: `StoreError`: `.busy`, `.system` when a pin cannot be read.
    package func collect(
        minimumAge: Duration = .seconds(3600),
        partialAge: Duration = .seconds(7 * 86_400),
        isDryRun: Bool,
        now: WallTime = .now
    ) throws(StoreError) -> Garbage {
        try prepare()
        return try locked(.exclusive) { () throws(StoreError) in
            var garbage = try find(
                before: now.nanoseconds - minimumAge.nanoseconds,
                partialsBefore: now.nanoseconds - partialAge.nanoseconds
            )
            guard !isDryRun else { return garbage }
            for index in garbage.items.indices {
                do throws(StoreError) {
                    try StoreCalls.remove(files.path(garbage.items[index].place))
                } catch {
                    garbage.items[index].problem = error
                }
            }
            removeEmptyFolders(in: manifestFolder, depth: 3)
            return garbage
        }
    }

    private func find(
        before latest: Int64,
        partialsBefore latestPartial: Int64
    ) throws(StoreError) -> Garbage {
        let references = BlobReferences(files)
        let held = try BlobPin.held(in: pinFolder)
        var garbage = Garbage(unread: references.unread)
        var partials: [BlobDigest: [(item: Garbage.Item, touched: Int64)]] = [:]
        for (folder, name) in names() {
            let place = "\(folder)/\(name)"
            guard let entry = FolderEntry(files.path(place)),
                let (kind, digest) = BlobFolderName.meaning(of: name)
            else { continue }
            let item = Garbage.Item(place: place, kind: kind, bytes: entry.size)
            let isOld = entry.touched <= latest
            if kind == .temporary {
                let isGarbage = isOld && !TemporaryFile.isInUse(files.path(place))
                if isGarbage { garbage.items.append(item) }
                continue
            }
            guard folder == "blobs", references.unread.isEmpty, let digest,
                !held.contains(digest)
            else { continue }
            if kind == .partial {
                partials[digest, default: []].append((item, entry.touched))
            } else if isOld, !references.named.contains(digest) {
                garbage.items.append(item)
            }
        }
        // The parts of a download go together: those that are done are not touched any more.
        for parts in partials.values where parts.allSatisfy({ $0.touched <= latestPartial }) {
            let isInUse = parts.contains { TemporaryFile.isInUse(files.path($0.item.place)) }
            if !isInUse { garbage.items += parts.map(\.item) }
        }
        garbage.items.sort { $0.place < $1.place }
        return garbage
    }

    private func names() -> [(folder: String, name: String)] {
        ["blobs", "manifests"].flatMap { folder in
            Files.names(in: files.path(folder)).map { (folder, $0) }
        }
    }

    private func removeEmptyFolders(in folder: String, depth: Int) {
        for name in Files.names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            guard Files.isFolder(path) else { continue }
            if depth > 1 { removeEmptyFolders(in: path, depth: depth - 1) }
            // Fails when it is not empty, which is all right.
            _ = unsafe rmdir(path)
        }
    }
}

/// The names of files in the folder of blobs.
enum BlobFolderName {
    /// What a name says; nil for names that are not ours or Ollama's.
    static func meaning(of name: String) -> (kind: Garbage.Kind, digest: BlobDigest?)? {
        if name.hasPrefix(TemporaryFile.start) { return (.temporary, nil) }
        let length = "sha256:".utf8.count + 64
        guard let digest = BlobDigest(client: String(name.prefix(length))) else { return nil }
        let rest = name.dropFirst(length)
        if rest.isEmpty { return (.blob, digest) }
        return rest.hasPrefix("-partial") ? (.partial, digest) : nil
    }
}
