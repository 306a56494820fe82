internal import HTTPClient
internal import ModelStore
internal import POSIX

extension RegistryTransfers {
    /// Pushes a model.
    func performPush(_ key: Key) async throws {
        report(RegistryProgress("retrieving manifest"), key)
        let connection = RegistryConnection(client, .model(key.reference), settings)
        let (writer, name) = (writer, key.reference.name)
        let (bytes, manifest, pin) = try await blocking("push") {
            guard let bytes = try writer.store.manifestBytes(of: name) else {
                throw StoreError.unknownModel(name.short)
            }
            let manifest = try Manifest(parsing: bytes)
            let pin = try writer.pin()
            try pin.hold(manifest.blobs.map(\.digest))
            return (bytes, manifest, pin)
        }
        defer { withExtendedLifetime(pin) {} }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, blob) in manifest.blobs.enumerated() {
                if index >= max(1, settings.blobs) { try await group.next() }
                group.addTask { try await self.send(blob, connection, key) }
            }
            try await group.waitForAll()
        }
        report(RegistryProgress("pushing manifest"), key)
        let url = try key.reference.url("manifests/\(name.tag)")
        let answer = try await connection.sendPatiently {
            var request = connection.request("PUT", url)
            request.fields["Content-Type"] = manifest.mediaType ?? Self.manifestTypes[0]
            request.body = .bytes(bytes)
            return request
        }
        guard answer.head.isSuccess else { throw await connection.refusal(answer) }
        report(RegistryProgress(RegistryProgress.success), key)
    }

    /// Sees to it that a blob is at the registry.
    private func send(
        _ blob: ManifestLayer,
        _ connection: RegistryConnection,
        _ key: Key
    ) async throws {
        let path = writer.store.path(of: blob.digest)
        let opened = try await blocking("blob-open") {
            guard let opened = try? FileVersion.open(path) else {
                throw StoreError.missingBlob(blob.digest)
            }
            return opened
        }
        guard opened.version.size == blob.size else {
            throw StoreError.sizeMismatch(expected: blob.size, found: opened.version.size)
        }
        try await shared.streams.enter()
        do {
            let upload = BlobUpload(blob.digest, opened.file, size: blob.size, connection)
            try await upload.run { completed in
                let (digest, size) = (blob.digest, blob.size)
                self.report(
                    RegistryProgress("pushing", digest, total: size, completed: completed),
                    key
                )
            }
        } catch {
            await shared.streams.leave()
            throw error
        }
        await shared.streams.leave()
    }
}
