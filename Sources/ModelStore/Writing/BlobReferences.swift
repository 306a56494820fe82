/// Which blobs somebody needs.
struct BlobReferences {
    /// Blobs that manifests name.
    private(set) var named: Set<BlobDigest> = []
    /// Manifests of which nobody knows what they name; while there are any, no blob is taken away.
    private(set) var unread: [StoreProblem] = []

    /// Reads every manifest of a store; call under its exclusive lock.
    init(_ files: StoreFiles) {
        var folder = ManifestFolder(files, mostManifests: .max)
        folder.walk()
        unread = folder.skipped.filter { problem in
            // Where no manifest can be, nothing is named; a folder that cannot be read is another
            // matter.
            switch problem.reason {
            case .hidden, .invalidName, .notAFolder: false
            default: true
            }
        }
        for (place, _) in folder.found {
            do throws(StoreProblem) {
                named.formUnion(try Self.blobs(of: files.manifest(at: place)))
            } catch {
                if error.reason != .notAFile { unread.append(error) }
            }
        }
    }

    /// All blobs of a manifest, its configuration too.
    static func blobs(of manifest: Manifest) -> Set<BlobDigest> {
        Set((manifest.layers + (manifest.config.map { [$0] } ?? [])).map(\.digest))
    }
}

extension StoreFiles {
    /// Reads a manifest.
    func manifest(at place: String) throws(StoreProblem) -> Manifest {
        try Manifest(parsing: read(place, limit: Self.longestManifest), place: place)
    }
}
