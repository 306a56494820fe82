internal import POSIX

/// What is wrong in a store.
package struct Verification: Sendable, Hashable {
    /// One model, or a file in a model's place.
    package struct Model: Sendable, Hashable {
        /// Where its manifest is, from the store's folder on.
        package let place: String
        /// Its name; nil when it has none.
        package let name: ModelName?
        /// What is wrong with its manifest or blobs; empty for a model that is whole.
        package var problems: [StoreProblem] = []
    }

    /// Every model, by place.
    package var models: [Model] = []
    /// Blobs whose content was read.
    package var checked = 0
    /// Whether there is nothing wrong.
    package var isClean: Bool { models.allSatisfy(\.problems.isEmpty) }
}

extension StoreWriter {
    /// How far a verification is.
    package struct VerificationStep: Sendable, Hashable {
        /// The blob that is read.
        package let blob: BlobDigest
        /// Bytes of all blobs that were read so far.
        package let done: Int
        /// Bytes of all blobs that are to be read.
        package let total: Int
    }

    /// Checks that manifests can be read, and that blobs are there and what their names say.
    ///
    /// Their lengths must be those that manifests say. Changes nothing, and holds nobody up.
    ///
    /// Models that are replaced or deleted meanwhile are left out.
    ///
    /// - Parameters:
    ///   - readsContent: Whether blobs are read; otherwise only their lengths are looked at.
    ///   - progress: Called after each MiB that was read; false calls it off.
    /// - Throws: `StoreError.cancelled`; all else becomes part of the result.
    package func verify(
        readsContent: Bool = true,
        progress: (VerificationStep) -> Bool = { _ in true }
    ) throws(StoreError) -> Verification {
        var folder = ManifestFolder(files, mostManifests: .max)
        folder.walk()
        var result = Verification()
        var manifests: [(model: Int, manifest: Manifest)] = []
        for (place, name) in folder.found {
            var model = Verification.Model(place: place, name: name)
            do throws(StoreProblem) {
                manifests.append((result.models.count, try files.manifest(at: place)))
            } catch {
                // Deleted since.
                if files.isMissing(place), FolderEntry(files.path(place)) == nil { continue }
                model.problems.append(error)
            }
            result.models.append(model)
        }
        for problem in folder.skipped where problem.reason != .hidden {
            let model = Verification.Model(place: problem.place, name: nil, problems: [problem])
            result.models.append(model)
        }
        var states = try BlobStates(self, manifests.map(\.manifest), readsContent, progress)
        for (model, manifest) in manifests {
            let problems = states.problems(of: manifest)
            // Its blobs may be gone because it is.
            let place = result.models[model].place
            let isSame = (try? files.manifest(at: place))?.digest == manifest.digest
            if isSame { result.models[model].problems += problems }
        }
        result.checked = states.checked
        result.models.sort { $0.place < $1.place }
        return result
    }
}

/// What is wrong with each blob.
private struct BlobStates {
    private let files: StoreFiles
    /// Of each blob that is there, its length.
    private var sizes: [BlobDigest: Int] = [:]
    private var wrong: [BlobDigest: StoreProblem] = [:]
    private(set) var checked = 0

    init(
        _ writer: StoreWriter,
        _ manifests: [Manifest],
        _ readsContent: Bool,
        _ progress: (StoreWriter.VerificationStep) -> Bool
    ) throws(StoreError) {
        files = writer.files
        let blobs = manifests.reduce(into: Set()) { $0.formUnion(BlobReferences.blobs(of: $1)) }
        for digest in blobs {
            let place = files.place(of: digest)
            if let size = FileVersion.current(of: files.path(place))?.size {
                sizes[digest] = size
            } else {
                wrong[digest] = StoreProblem(place, files.isMissing(place) ? .missing : .notAFile)
            }
        }
        guard readsContent else { return }
        let total = sizes.values.reduce(0, +)
        var before = 0
        for (digest, size) in sizes.sorted(by: { $0.key.hexadecimal < $1.key.hexadecimal }) {
            try check(digest, writer) { done, _ in
                progress(.init(blob: digest, done: before + done, total: total))
            }
            before += size
        }
    }

    private mutating func check(
        _ digest: BlobDigest,
        _ writer: StoreWriter,
        _ progress: StoreWriter.Progress
    ) throws(StoreError) {
        let place = files.place(of: digest)
        do throws(StoreError) {
            let found = try writer.digest(of: digest, progress)
            checked += 1
            if found != digest {
                let sentence = "its content is \(found), not what its name says; pull it again"
                wrong[digest] = StoreProblem(place, .invalid(sentence))
            }
        } catch {
            switch error {
            case .cancelled: throw error
            case .system(let error): wrong[digest] = StoreProblem(place, .unreadable(error))
            default: wrong[digest] = StoreProblem(place, .invalid("\(error)"))
            }
        }
    }

    mutating func problems(of manifest: Manifest) -> [StoreProblem] {
        var problems: [StoreProblem] = []
        var seen: Set<BlobDigest> = []
        for layer in manifest.layers + (manifest.config.map { [$0] } ?? [])
        where seen.insert(layer.digest).inserted {
            if let problem = wrong[layer.digest] {
                problems.append(problem)
            } else if let size = sizes[layer.digest], size != layer.size {
                let sentence = "it has \(size) bytes, its manifest says \(layer.size)"
                problems.append(StoreProblem(files.place(of: layer.digest), .invalid(sentence)))
            }
        }
        return problems
    }
}
