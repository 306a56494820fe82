import Glibc
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelCommands

/// How files come to a server: into its store, or through its door.
@Suite struct DeliveryTests {
    /// A server that sees the blobs of a folder, or none.
    private final class Server: ServerTransport {
        /// The folder that it looks into; nil for none.
        let folder: String?
        /// What it was sent by requests.
        let sent = Guarded<Set<String>>([])
        let asked = Guarded(0)
        /// At which question the connection breaks.
        private let failsAt: Int

        init(folder: String?, failsAt: Int = .max) {
            self.folder = folder
            self.failsAt = failsAt
        }

        func exchange(
            _ request: ServerRequest,
            receive: (_ status: Int, _ bytes: [UInt8]) throws -> Void
        ) async throws -> Int {
            let digest = String(request.path.dropFirst("/api/blobs/".count))
            guard request.method == "HEAD" else {
                sent.withLock { _ = $0.insert(digest) }
                return 201
            }
            let count = asked.withLock {
                $0 += 1
                return $0
            }
            if count >= failsAt { throw ServerError(.unreachable, "connection reset") }
            let name = digest.replacing(":", with: "-")
            let isThere = folder.map { Files.size("\($0)/blobs/\(name)") != nil } ?? false
            return isThere || sent.withLock { $0.contains(digest) } ? 200 : 404
        }
    }

    /// A store whose files are second names, with no rules.
    private final class Store: LocalStore {
        let path: String
        private let refusal: PlacingError?

        init(_ path: String, refusing refusal: PlacingError? = nil) {
            self.path = path
            self.refusal = refusal
        }

        func read(
            _ path: String,
            progress: (Int, Int) -> Bool
        ) throws(PlacingError) -> any PlaceableFile {
            if let refusal { throw refusal }
            guard let found = try? FileDigest.of(path, progress: { _ = progress($0, $0) }) else {
                throw .refused("it cannot be read")
            }
            return Blob(source: path, folder: self.path, digest: found.digest, size: found.bytes)
        }

        func takeBack(_ digests: Set<String>) -> String? {
            for digest in digests { Files.remove(Blob.path(digest, self.path)) }
            return nil
        }
    }

    private struct Blob: PlaceableFile {
        let source: String
        let folder: String
        let digest: String
        let size: Int
        var manner: String { "it is the same" }

        static func path(_ digest: String, _ folder: String) -> String {
            "\(folder)/blobs/\(digest.replacing(":", with: "-"))"
        }

        func place() throws(PlacingError) -> Bool {
            if link(source, Self.path(digest, folder)) == 0 { return true }
            guard errno == EEXIST else { throw .refused("there is no room") }
            return false
        }
    }

    private let folder = TemporaryFolder()
    private let weights: String
    private let digest: String
    private let store: String

    init() throws {
        weights = folder.file("w.gguf")
        let bytes = Array("weights".utf8)
        try Files.replace(weights, with: bytes)
        digest = try FileDigest.of(weights) { _ in }.digest
        store = folder.file("store")
        try Files.makeFolder("\(store)/blobs")
    }

    private var blobs: [String] { Files.names(in: "\(store)/blobs") }
    private var blob: String { "\(store)/blobs/\(digest.replacing(":", with: "-"))" }

    private func delivery(_ server: Server, _ place: FileDelivery.Place) -> FileDelivery {
        let address = ServerAddress(nil)
        let asked = ModelServer(address: address, transport: server, hint: "start it")
        return FileDelivery(to: asked, place, ProgressDisplay())
    }

    @Test func aServersOwnStoreGetsTheFileItself() async throws {
        let server = Server(folder: store)
        var delivery = delivery(server, .store(Store(store)))
        #expect(try await delivery.deliver(weights) == digest)
        #expect(server.sent.withLock { $0.isEmpty })
        #expect(Files.size(blob) == 7)
        // No model came to name it.
        delivery.end()
        delivery.end()
        #expect(blobs == [])
        #expect(Files.size(weights) == 7)
    }

    @Test func whatTheServerHasIsNotPutThereAgain() async throws {
        try Files.replace(blob, with: Array("weights".utf8))
        let number = FileVersion.current(of: blob)?.number
        let server = Server(folder: store)
        var delivery = delivery(server, .store(Store(store)))
        #expect(try await delivery.deliver(weights) == digest)
        delivery.end()
        #expect(FileVersion.current(of: blob)?.number == number)
        #expect(server.sent.withLock { $0.isEmpty } && server.asked.withLock { $0 } == 1)
    }

    @Test func aServerThatLooksElsewhereIsSentTheFile() async throws {
        let server = Server(folder: nil)
        var delivery = delivery(server, .store(Store(store)))
        #expect(try await delivery.deliver(weights) == digest)
        #expect(server.sent.withLock { $0 } == [digest])
        #expect(blobs == [])
        // It is not tried with every file.
        let other = folder.file("v.gguf")
        try Files.replace(other, with: [1])
        _ = try await delivery.deliver(other)
        #expect(server.sent.withLock { $0.count } == 2 && server.asked.withLock { $0 } == 3)
    }

    @Test func aBlobThatWasThereStaysWhenTheServerLooksElsewhere() async throws {
        try Files.replace(blob, with: Array("weights".utf8))
        var delivery = delivery(Server(folder: nil), .store(Store(store)))
        _ = try await delivery.deliver(weights)
        delivery.end()
        #expect(Files.size(blob) == 7)
    }

    @Test func aServerThatIsLostLeavesNothingBehind() async throws {
        var delivery = delivery(Server(folder: store, failsAt: 2), .store(Store(store)))
        await #expect(throws: ServerError.self) { try await delivery.deliver(weights) }
        delivery.end()
        #expect(blobs == [])
    }

    @Test func whatCannotBePutIntoTheStoreIsSent() async throws {
        for place in [
            FileDelivery.Place.elsewhere, .closed("not yours"),
            .store(Store(store, refusing: .refused("another file system"))),
            .store(Store(folder.file("nowhere"))),
        ] {
            let server = Server(folder: store)
            var delivery = delivery(server, place)
            #expect(try await delivery.deliver(weights) == digest)
            #expect(server.sent.withLock { $0 } == [digest])
            delivery.end()
        }
        #expect(blobs == [])
    }

    @Test func aFileThatIsWrittenMeanwhileIsNotSent() async throws {
        let server = Server(folder: store)
        var changed = delivery(server, .store(Store(store, refusing: .changed)))
        await #expect(throws: VerbError.self) { try await changed.deliver(weights) }
        var ended = delivery(server, .store(Store(store, refusing: .cancelled)))
        await #expect(throws: CancellationError.self) { try await ended.deliver(weights) }
        #expect(server.sent.withLock { $0.isEmpty })
    }
}
