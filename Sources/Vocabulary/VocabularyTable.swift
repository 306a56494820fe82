internal import POSIX
internal import VocabularyProtocol

/// The loaded vocabularies: a bounded number, the one that was used longest ago goes first.
struct VocabularyTable {
    private struct Entry {
        let path: String
        let version: FileVersion
        let vocabulary: Vocabulary
    }

    private let capacity: Int
    /// The one that was used last stands last.
    private var entries: [Entry] = []

    /// Creates an empty table.
    ///
    /// - Parameter capacity: How many are kept, at least 1; one more exists while it is loaded.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The vocabulary of a file, which is loaded unless it is here and the file is still the same.
    ///
    /// - Throws: `VocabularyError`, `invalidModel`.
    mutating func vocabulary(at path: String) throws(VocabularyError) -> Vocabulary {
        guard let version = FileVersion.current(of: path) else {
            entries.removeAll { $0.path == path }
            throw VocabularyError(.invalidModel, "'\(path)' is not there, or no file to be read")
        }
        if let index = entries.firstIndex(where: { $0.path == path }) {
            let entry = entries.remove(at: index)
            if entry.version == version {
                entries.append(entry)
                return entry.vocabulary
            }
        }
        let vocabulary = try Vocabulary(path: path)
        entries.append(Entry(path: path, version: version, vocabulary: vocabulary))
        if entries.count > capacity { entries.removeFirst() }
        return vocabulary
    }
}
