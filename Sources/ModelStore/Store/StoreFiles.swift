internal import Glibc
internal import JSON
internal import POSIX

/// The files of a store: where they are, and reading small ones.
struct StoreFiles: Sendable {
    /// Most bytes of a manifest: 4 MiB; chosen, one that lists every tensor has some hundred KiB.
    static let longestManifest = 4 << 20
    /// Most bytes of a configuration or a text: 16 MiB; chosen, licences have some ten KiB.
    static let longestText = 16 << 20

    /// The folder that holds `manifests` and `blobs`.
    let folder: String
    /// What is in its folders.
    let folders = FolderNames()

    /// The path of a place in the store.
    func path(_ place: String) -> String { "\(folder)/\(place)" }

    /// Where a blob lies, from the store's folder on.
    func place(of digest: BlobDigest) -> String { find(digest).place }

    /// A blob's place, and its version; nil when it is not there.
    ///
    /// Old stores have a colon in the name, which was given up for the sake of other systems.
    func find(_ digest: BlobDigest) -> (place: String, version: FileVersion?) {
        let place = "blobs/sha256-\(digest.hexadecimal)"
        if let version = FileVersion.current(of: path(place)) { return (place, version) }
        let old = "blobs/sha256:\(digest.hexadecimal)"
        let version = FileVersion.current(of: path(old))
        return (version == nil ? place : old, version)
    }

    /// All paths that a blob may have.
    func paths(of digest: BlobDigest) -> [String] {
        [path("blobs/sha256-\(digest.hexadecimal)"), path("blobs/sha256:\(digest.hexadecimal)")]
    }

    /// Reads a whole file; does not wait for what only looks like one, such as a pipe.
    func read(_ place: String, limit: Int) throws(StoreProblem) -> [UInt8] {
        let bytes: [UInt8]?
        let size: Int
        do throws(SystemError) {
            let opened = try FileVersion.open(path(place))
            size = opened.version.size
            bytes = size <= limit ? try Self.read(opened.file.number, size, path(place)) : nil
        } catch {
            switch error.code {
            case ENOENT: throw StoreProblem(place, .missing)
            case EINVAL: throw StoreProblem(place, .notAFile)
            default: throw StoreProblem(place, .unreadable(error))
            }
        }
        guard let bytes else { throw StoreProblem(place, .tooLarge(bytes: size, most: limit)) }
        return bytes
    }

    /// Reads a text; bytes that are no UTF-8 become replacement marks.
    func text(_ place: String) throws(StoreProblem) -> String {
        String(decoding: try read(place, limit: Self.longestText), as: UTF8.self)
    }

    /// Whether there is no file.
    func isMissing(_ place: String) -> Bool {
        unsafe access(path(place), F_OK) != 0 && errno == ENOENT
    }

    /// Reads a JSON object.
    func object(_ place: String, limit: Int = longestText) throws(StoreProblem) -> JSONObject {
        guard case .object(let object) = try json(place, limit: limit) else {
            throw StoreProblem(place, .invalid("it must be a JSON object"))
        }
        return object
    }

    /// Reads any JSON.
    func json(_ place: String, limit: Int = longestText) throws(StoreProblem) -> JSONValue {
        let bytes = try read(place, limit: limit)
        do throws(JSONError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw StoreProblem(place, .invalidJSON(error))
        }
    }

    /// Reads up to so many bytes of an open file.
    private static func read(
        _ file: CInt,
        _ count: Int,
        _ path: String
    ) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let size = unsafe bytes.withUnsafeMutableBytes { bytes in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                return unsafe Glibc.read(file, rest.baseAddress, rest.count)
            }
            if size < 0 {
                if errno == EINTR { continue }
                throw .last("read '\(path)'")
            }
            // Cut since it was opened.
            if size == 0 { break }
            filled += size
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
