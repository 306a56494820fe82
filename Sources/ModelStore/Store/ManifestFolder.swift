internal import Glibc
internal import POSIX

/// The tree of manifests: `manifests/<host>/<namespace>/<model>/<tag>`.
///
/// DESIGN. The tree is four levels deep whatever is in it, so links that lead back up end too. A
/// name is looked at only when it can be that part of a model's name; so nothing that lies there by
/// accident becomes a model, and every name that was found can be asked for again.
struct ManifestFolder {
    /// Most manifests that are looked at; chosen, people have up to some hundred.
    static let mostManifests = 10_000
    private static let root = "manifests"

    private let files: StoreFiles
    private let mostManifests: Int
    private var isFull = false
    /// What can be a manifest, and the name that its place stands for.
    private(set) var found: [(place: String, name: ModelName)] = []
    /// What was passed over.
    private(set) var skipped: [StoreProblem] = []

    /// Looks at nothing yet.
    init(_ files: StoreFiles, mostManifests: Int = mostManifests) {
        self.files = files
        self.mostManifests = mostManifests
    }

    /// Walks through the whole tree; a store without one is empty.
    mutating func walk() {
        guard Files.isFolder(files.path(Self.root)) else { return }
        walk(Self.root, [])
    }

    private mutating func walk(_ folder: String, _ parts: [String]) {
        for name in names(in: folder) where !isFull {
            let place = "\(folder)/\(name)"
            if name.hasPrefix(TemporaryFile.start) {
                // About to be a manifest, or left by a process that died; not the user's.
                continue
            } else if name.hasPrefix(".") {
                skipped.append(StoreProblem(place, .hidden))
            } else if ModelName.Part(rawValue: parts.count)?.allows(name) != true {
                skipped.append(StoreProblem(place, .invalidName))
            } else if parts.count < 3 {
                walk(place, parts + [name])
            } else if let name = Self.name(parts + [name]) {
                guard found.count < mostManifests else {
                    isFull = true
                    skipped.append(StoreProblem(Self.root, .tooMany(most: mostManifests)))
                    return
                }
                found.append((place, name))
            }
        }
    }

    /// What is in a folder; nothing where it cannot be entered, which is noted.
    private mutating func names(in folder: String) -> [String] {
        let path = files.path(folder)
        do throws(SystemError) {
            return try files.folders.names(in: path)
        } catch {
            switch error.code {
            // One that was taken away since its name was read is no problem; a link to nothing is.
            case ENOENT where isGone(path): break
            case ENOENT, ENOTDIR: skipped.append(StoreProblem(folder, .notAFolder))
            default: skipped.append(StoreProblem(folder, .unreadable(error)))
            }
            return []
        }
    }

    /// Whether there is nothing of this name, not even a link.
    private func isGone(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) != 0 && errno == ENOENT
    }

    /// Where the manifest of a name belongs that is not there yet.
    static func place(for name: ModelName) -> String {
        [root, name.host, name.namespace, name.model, name.tag].joined(separator: "/")
    }

    /// Where the manifest of a name is; nil when there is none.
    ///
    /// Case does not count, but where several differ in nothing else, that in the right case is
    /// taken, or else the first.
    func place(of name: ModelName) -> (place: String, name: ModelName)? {
        let wanted = [name.host, name.namespace, name.model, name.tag]
        let exact = Self.place(for: name)
        if FileVersion.current(of: files.path(exact)) != nil { return (exact, name) }
        return search(Self.root, [], wanted[...])
    }

    private func search(
        _ folder: String,
        _ parts: [String],
        _ wanted: ArraySlice<String>
    ) -> (place: String, name: ModelName)? {
        guard let next = wanted.first else {
            guard FileVersion.current(of: files.path(folder)) != nil else { return nil }
            return Self.name(parts).map { (folder, $0) }
        }
        let same = Files.names(in: files.path(folder)).filter {
            $0.utf8.count == next.utf8.count && $0.lowercased() == next.lowercased()
        }
        let exact = same.filter { $0 == next }
        for name in exact + same.filter({ $0 != next }) {
            let place = "\(folder)/\(name)"
            if let found = search(place, parts + [name], wanted.dropFirst()) { return found }
        }
        return nil
    }

    /// The name that four folders' names stand for.
    private static func name(_ parts: [String]) -> ModelName? {
        ModelName(host: parts[0], namespace: parts[1], model: parts[2], tag: parts[3])
    }
}
