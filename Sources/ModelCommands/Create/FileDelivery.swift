internal import CommandLine
internal import POSIX

/// Brings files to a server that makes a model of them.
///
/// DESIGN. A file is read once, for its digest, and goes only where the server does not have it. Where
/// the server is on this machine and this user may write the store that it is configured with, the
/// file is put into the store itself, sharing its blocks or as a second name; that takes neither
/// time nor room. Nobody else knows whether the server really looks into this store: the answer is
/// the server's, which is asked for the blob before it is there and again afterwards. Where it still
/// does not have it, the blob goes from the store, and the file is sent.
///
/// What was put there and no model came to need is taken away at the end.
struct FileDelivery {
    /// Where files may be put.
    enum Place: Sendable {
        /// Nowhere that this program could reach: the server is on another machine, or shall have
        /// copies.
        case elsewhere
        /// Nowhere, although the server is here; why, as half a sentence.
        case closed(String)
        /// Into a store.
        case store(any LocalStore)
    }

    private let server: ModelServer
    private let display: ProgressDisplay
    private var place: Place
    private var made: Set<String> = []

    /// Prepares to bring files.
    ///
    /// - Parameters:
    ///   - server: Where to.
    ///   - place: Where they may be put.
    ///   - display: Told what is done.
    init(to server: ModelServer, _ place: Place, _ display: ProgressDisplay) {
        self.server = server
        self.place = place
        self.display = display
    }

    /// Brings a file; blocks while it reads.
    ///
    /// - Parameter path: The file.
    /// - Returns: Its digest.
    /// - Throws: `SystemError` or `VerbError` when it cannot be read, `ServerError`,
    ///   `CancellationError`.
    mutating func deliver(_ path: String) async throws -> String {
        switch place {
        case .elsewhere: return try await read(path)
        case .closed(let reason):
            // It is the same with all of them.
            place = .elsewhere
            return try await read(path, because: reason)
        case .store(let store):
            let reader = display
            let result = Result { () throws(PlacingError) in
                try store.read(path) { done, total in
                    Self.show("reading", path, done, of: total, on: reader)
                    return !Task.isCancelled
                }
            }
            switch result {
            case .success(let file): return try await put(file, path, store)
            case .failure(.refused(let reason)): return try await read(path, because: reason)
            case .failure(let error): throw Self.failure(path, error)
            }
        }
    }

    /// Takes away what was put into the store and is not needed; doing so twice is fine.
    mutating func end() {
        guard case .store(let store) = place, !made.isEmpty else { return }
        takeBack(made, from: store)
        made = []
    }

    // MARK: In place

    /// Lets the server see a file that was read.
    private mutating func put(
        _ file: any PlaceableFile,
        _ path: String,
        _ store: any LocalStore
    ) async throws -> String {
        let digest = file.digest
        guard try await !server.hasBlob(digest) else {
            display.begin("using existing layer \(digest)")
            return digest
        }
        let reason: String
        switch Result(catching: { () throws(PlacingError) in try file.place() }) {
        case .success(let isNew):
            if isNew { made.insert(digest) }
            if try await server.hasBlob(digest) {
                display.begin("using \(Self.name(path)) in place: \(file.manner)")
                return digest
            }
            if isNew { takeBack([digest], from: store) }
            made.remove(digest)
            reason = "the server does not look into '\(store.path)'"
            // Nor will it for the next one; what it saw before was there for another reason.
            if made.isEmpty { place = .elsewhere }
        case .failure(.refused(let why)): reason = why
        case .failure(let error): throw Self.failure(path, error)
        }
        try await send(path, digest, bytes: file.size, because: reason)
        return digest
    }

    private func takeBack(_ digests: Set<String>, from store: any LocalStore) {
        guard let problem = store.takeBack(digests) else { return }
        let hint = "a file was left in '\(store.path)' ('baton gc' removes it)"
        Terminal.writeError("\(hint): \(problem)\n")
    }

    private static func failure(_ path: String, _ error: PlacingError) -> any Error {
        if error == .cancelled || Task.isCancelled { return CancellationError() }
        return VerbError("'\(path)': \(error); try again when it is complete")
    }

    // MARK: By the server

    private func read(_ path: String, because reason: String? = nil) async throws -> String {
        let size = Files.size(path) ?? 0
        let (digest, bytes) = try FileDigest.of(path) { done in
            Self.show("reading", path, done, of: size, on: display)
        }
        guard try await !server.hasBlob(digest) else {
            display.begin("using existing layer \(digest)")
            return digest
        }
        try await send(path, digest, bytes: bytes, because: reason)
        return digest
    }

    private func send(
        _ path: String,
        _ digest: String,
        bytes: Int,
        because reason: String?
    ) async throws {
        if let reason { display.begin("sending \(Self.name(path)): \(reason)") }
        let display = display
        try await server.sendBlob(digest, from: path, bytes: bytes) { sent in
            Self.show("copying", path, sent, of: bytes, on: display)
        }
    }

    private static func show(
        _ verb: String,
        _ path: String,
        _ done: Int,
        of total: Int,
        on display: ProgressDisplay
    ) {
        display.transfer(
            "\(verb) \(path)",
            label: "\(verb) \(name(path)):",
            completed: done,
            total: total
        )
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
