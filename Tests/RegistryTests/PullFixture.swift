import Digests
import HTTPClient
import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// A store of a test's own and what pulls into it.
final class PullFixture: Sendable {
    private let folder = TemporaryFolder()
    let writer: StoreWriter
    let transfers: RegistryTransfers

    /// The folder that holds `manifests` and `blobs`.
    var path: String { writer.store.path }

    init(
        path: String? = nil,
        _ change: (inout RegistryTransfers.Settings) -> Void = { _ in }
    ) throws {
        var store = StoreWriter.Settings()
        store.reserve = 0
        store.patience = .seconds(5)
        let path = path ?? folder.file("store")
        writer = StoreWriter(ModelStore(path: path) { _ in [] }, settings: store)
        var settings = RegistryTransfers.Settings()
        settings.client.proxies = .none
        settings.retries.pause = .milliseconds(5)
        settings.retries.longestPause = .milliseconds(100)
        settings.patience.head = .seconds(20)
        change(&settings)
        transfers = try RegistryTransfers(writer, settings: settings)
    }

    /// Pulls to the end; returns every object that came.
    @discardableResult
    func pull(_ reference: String) async throws -> [RegistryProgress] {
        let reference = try RegistryReference(reference, insecure: true)
        var all: [RegistryProgress] = []
        for try await progress in try await transfers.pull(reference) { all.append(progress) }
        return all
    }

    /// Pushes to the end.
    @discardableResult
    func push(_ reference: String) async throws -> [RegistryProgress] {
        let reference = try RegistryReference(reference, insecure: true)
        var all: [RegistryProgress] = []
        for try await progress in try await transfers.push(reference) { all.append(progress) }
        return all
    }

    /// Why a pull does not succeed; nil when it does.
    func failure(_ reference: String) async -> RegistryError? {
        do {
            try await pull(reference)
            return nil
        } catch {
            return RegistryError(error)
        }
    }

    /// The names in a folder of the store.
    func names(_ place: String) -> [String] { Files.names(in: "\(path)/\(place)") }

    /// Whether nothing can be seen but models that are whole.
    func isClean() throws -> Bool { try writer.verify().isClean }

    /// Nothing that anybody would take for a model or a blob.
    func isEmpty() -> Bool {
        writer.store.list().models.isEmpty && names("blobs").allSatisfy { $0.contains("-partial") }
    }

    /// Bytes of a blob in the store.
    func blob(_ digest: String) throws -> [UInt8] {
        try Files.read(writer.store.path(of: try #require(BlobDigest(digest))), limit: 1 << 30)
    }

    /// Bytes that look like nothing else.
    static func content(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return [UInt8](unsafeUninitializedCapacity: size) { room, used in
            for index in 0..<size {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                room[index] = UInt8(truncatingIfNeeded: state)
            }
            used = size
        }
    }
}
