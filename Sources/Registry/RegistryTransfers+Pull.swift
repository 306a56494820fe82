internal import HTTPClient
internal import ModelStore
internal import POSIX

extension RegistryTransfers {
    /// The kinds of manifests that are understood: Docker's and OCI's, which have the same fields.
    static let manifestTypes = [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
    ]
    /// Most bytes of a manifest, as in the store.
    private static let longestManifest = 4 << 20

    /// Pulls a model.
    func performPull(_ key: Key) async throws {
        report(RegistryProgress("pulling manifest"), key)
        let connection = RegistryConnection(client, .model(key.reference), settings)
        let bytes = try await manifest(key.reference, connection)
        let manifest: Manifest
        do throws(StoreProblem) {
            manifest = try Manifest(parsing: bytes)
        } catch {
            throw RegistryError.invalidAnswer("\(error)")
        }
        let blobs = try Self.blobs(of: manifest)
        transfers[key]?.blobs = Set(blobs.map(\.digest))
        let (writer, digests) = (writer, blobs.map(\.digest))
        let pin = try await blocking("blob-pin") {
            let pin = try writer.pin()
            try pin.hold(digests)
            // Before anything is downloaded: all of it must fit.
            try writer.checkRoom(for: blobs.map { ($0.digest, $0.size) })
            return pin
        }
        defer { withExtendedLifetime(pin) {} }
        try await download(blobs, connection, key)
        report(RegistryProgress("verifying sha256 digest"), key)
        report(RegistryProgress("writing manifest"), key)
        let name = key.reference.name
        let written = try await blocking("manifest") {
            try writer.writeManifest(bytes, as: name)
        }
        if !written.removal.blobs.isEmpty {
            report(RegistryProgress("removing unused layers"), key)
        }
        report(RegistryProgress(RegistryProgress.success), key)
    }

    /// The bytes of the registry's manifest.
    private func manifest(
        _ reference: RegistryReference,
        _ connection: RegistryConnection
    ) async throws -> [UInt8] {
        let url = try reference.url("manifests/\(reference.name.tag)")
        let answer = try await connection.sendPatiently {
            var request = connection.request("GET", url)
            request.fields["Accept"] = Self.manifestTypes.joined(separator: ", ")
            return request
        }
        if answer.head.status == 404 { throw RegistryError.noSuchModel }
        guard answer.head.status == 200 else { throw await connection.refusal(answer) }
        let bytes = try await answer.body(limit: Self.longestManifest)
        if let text = answer.head.fields["Docker-Content-Digest"], let said = BlobDigest(text) {
            guard said == BlobDigest(of: bytes) else {
                throw RegistryError.invalidAnswer("the manifest is not what its digest says")
            }
        }
        return bytes
    }

    /// The blobs of a manifest in the order in which they are downloaded, each once.
    private static func blobs(of manifest: Manifest) throws -> [ManifestLayer] {
        let all = manifest.layers + (manifest.config.map { [$0] } ?? [])
        guard !all.isEmpty else {
            throw RegistryError.invalidAnswer("the manifest names no blobs")
        }
        var sizes: [BlobDigest: Int] = [:]
        return try all.filter { layer in
            guard let size = sizes.updateValue(layer.size, forKey: layer.digest) else { return true }
            guard size == layer.size else {
                throw RegistryError.invalidAnswer("the manifest gives one blob two lengths")
            }
            return false
        }
    }

    /// Downloads blobs, some at once, in their order.
    private func download(
        _ blobs: [ManifestLayer],
        _ connection: RegistryConnection,
        _ key: Key
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, blob) in blobs.enumerated() {
                if index >= max(1, settings.blobs) { try await group.next() }
                group.addTask { try await self.fetch(blob, connection, key) }
            }
            try await group.waitForAll()
        }
    }

    /// Sees to it that a blob is in the store.
    private func fetch(
        _ blob: ManifestLayer,
        _ connection: RegistryConnection,
        _ key: Key
    ) async throws {
        let (digest, size) = (blob.digest, blob.size)
        func tell(_ completed: Int) {
            report(
                RegistryProgress("pulling", digest, total: size, completed: completed),
                key
            )
        }
        try await fetch(digest, size, connection) { completed in
            // From the client's thread; an actor can be told from a task only, which ends at once.
            Task { await self.told(digest, size, completed, key) }
        }
        tell(size)
    }

    /// Sees to it that bytes are in the store, together with whoever else wants them.
    private func fetch(
        _ digest: BlobDigest,
        _ size: Int,
        _ connection: RegistryConnection,
        _ progressed: @escaping @Sendable (Int) -> Void
    ) async throws {
        try Task.checkCancellation()
        if writer.size(of: digest) == size { return }
        let fetch = join(digest, size, connection)
        let id = fetch.add(progressed)
        defer { fetch.remove(id) }
        try await fetch.wait(id)
    }

    /// Downloads a file that lies at a plain address; resumed and shared as blobs of registries are.
    ///
    /// Pin it before: nothing names it yet.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - progressed: Told how far it is, from whatever thread.
    /// - Throws: `RegistryError`; cancelling the task leaves the download, which ends with the last.
    package func fetch(
        _ file: PlainFile,
        _ progressed: @escaping @Sendable (RegistryProgress) -> Void
    ) async throws(RegistryError) {
        guard let url = WebURL(file.url) else {
            throw .unavailable("'\(file.url)' is no address")
        }
        let (writer, digest, size) = (writer, file.digest, file.size)
        do {
            try await blocking("blob-room") { try writer.checkRoom(for: [(digest, size)]) }
            let connection = RegistryConnection(client, .file(url), settings)
            try await fetch(digest, size, connection) { completed in
                progressed(RegistryProgress("pulling", digest, total: size, completed: completed))
            }
        } catch {
            throw RegistryError(error)
        }
        progressed(RegistryProgress("pulling", digest, total: size, completed: size))
    }

    private func told(_ digest: BlobDigest, _ size: Int, _ completed: Int, _ key: Key) {
        let progress = RegistryProgress("pulling", digest, total: size, completed: completed)
        let latest = transfers[key]?.latest.first(where: progress.replaces)
        // Tasks may overtake each other; what is there only grows, but for a new beginning.
        guard latest?.completed != size else { return }
        report(progress, key)
    }

    /// The download of a blob that goes on, or a new one.
    private func join(
        _ digest: BlobDigest,
        _ size: Int,
        _ connection: RegistryConnection
    ) -> SharedFetch {
        if let fetch = fetches[digest], fetch.size == size, fetch.isOpen { return fetch }
        let fetch = SharedFetch(size: size)
        fetches[digest] = fetch
        let shared = shared
        fetch.start {
            let download = BlobFetch(digest, size: size, connection, shared) { fetch.tell($0) }
            try await download.run()
        } ended: {
            await self.forget(digest, fetch)
        }
        return fetch
    }

    private func forget(_ digest: BlobDigest, _ fetch: SharedFetch) {
        if fetches[digest] === fetch { fetches[digest] = nil }
    }
}
