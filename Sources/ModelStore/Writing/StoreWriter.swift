internal import POSIX

/// Changes a store: blobs, manifests, and taking away what nobody needs.
///
/// DESIGN. Others see a file when it is whole, or not at all: everything is written under a name of
/// its own, made safe on the disk, and renamed. Invariants:
///
/// 1. A manifest that this writes names blobs that are there, and stay while it does.
/// 2. A blob is taken away only under the exclusive lock, when every manifest could be read and
/// none
///    names it, and no living process has pinned it.
/// 3. What a killed process leaves behind are files that nobody takes for a blob or manifest, blobs
///    that no manifest names, and empty folders; a collection takes them away.
///
/// Programs that do not know the lock, such as Ollama, still see whole files alone, but may take
/// away a blob that one of ours is about to name; then the manifest is refused, or `verify` tells.
///
/// Calls block, some while they read gigabytes; they may come from any threads at once.
package struct StoreWriter: Sendable {
    /// What can be set.
    package struct Settings: Sendable, Hashable {
        /// Bytes of the disk that stay free, save for files below 1 MiB; 256 MiB unless set.
        package var reserve = 256 << 20
        /// How long to wait for other programs that change the store.
        package var patience: Duration = .seconds(10)
        /// Whether replacing a model takes away blobs that only the old one named.
        package var prunes = true

        /// The usual settings.
        package init() {}
    }

    /// How far work is, in bytes; false calls it off.
    package typealias Progress = (_ done: Int, _ total: Int) -> Bool

    /// Below this many bytes a file may use the reserve.
    static let smallFile = 1 << 20
    private static let ownFolder = ".baton"

    /// The store, for reading.
    package let store: ModelStore
    /// What is set.
    package let settings: Settings

    var files: StoreFiles { store.files }
    var blobFolder: String { files.path("blobs") }
    var manifestFolder: String { files.path("manifests") }
    var pinFolder: String { files.path("\(Self.ownFolder)/pins") }

    /// Prepares to change a store; nothing is made yet.
    ///
    /// - Parameters:
    ///   - store: The store; its folder need not exist.
    ///   - settings: What can be set.
    package init(_ store: ModelStore, settings: Settings = Settings()) {
        self.store = store
        self.settings = settings
    }

    /// Makes the store's folders where they are missing.
    ///
    /// - Throws: `StoreError` when one cannot be made.
    package func prepare() throws(StoreError) {
        for folder in [blobFolder, manifestFolder, pinFolder] {
            try StoreCalls.makeFolder(folder)
        }
    }

    /// Begins work with blobs that no manifest names yet; they stay while the pin lives.
    ///
    /// - Throws: `StoreError` when the store is busy or cannot be written.
    package func pin() throws(StoreError) -> BlobPin {
        try prepare()
        return try locked(.shared) { () throws(StoreError) in
            try BlobPin(self, folder: pinFolder)
        }
    }

    /// Runs short work under the store's lock.
    func locked<Result>(
        _ kind: StoreLock.Kind,
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let path = files.path("\(Self.ownFolder)/lock")
        let lock = try StoreLock(path, kind, patience: settings.patience)
        defer { lock.release() }
        return try body()
    }

    /// Makes an empty file in the folder of blobs.
    func temporaryFile() throws(StoreError) -> TemporaryFile {
        try locked(.shared) { () throws(StoreError) in try TemporaryFile(in: blobFolder) }
    }

    /// Makes sure that so many bytes fit, and the reserve with them; nil when nobody knows how
    /// many.
    func checkSpace(for size: Int?) throws(StoreError) {
        let size = size ?? 0
        let isSmall = size > 0 && size < Self.smallFile
        guard !isSmall, let free = StoreCalls.freeBytes(blobFolder) else { return }
        let (needed, isBeyond) = size.addingReportingOverflow(settings.reserve)
        guard isBeyond || needed > free else { return }
        throw .noSpace(path: blobFolder, needed: size, free: free, reserve: settings.reserve)
    }
}
