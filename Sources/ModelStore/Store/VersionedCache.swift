internal import POSIX

/// What was made of files, as long as they stay as they are.
///
/// Asking costs no more than the `stat` that told the version. Values are made outside the lock: two
/// threads that ask at once may both make one. Failures are not kept.
final class VersionedCache<Value: Sendable>: Sendable {
    private struct Kept {
        var values: [String: (version: FileVersion, value: Value)] = [:]
        /// Whether a file was read again because it had changed.
        var hasReplaced = false
    }

    private let kept = Guarded(Kept())

    /// What is made of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - version: The version that it has now; nil when there is none.
    ///   - make: Makes it.
    /// - Returns: What was made earlier when the file is still the same.
    /// - Throws: What `make` throws.
    func value(
        of path: String,
        _ version: FileVersion?,
        make: () throws(StoreProblem) -> Value
    ) throws(StoreProblem) -> Value {
        let known = kept.withLock { $0.values[path] }
        if let known, known.version == version { return known.value }
        let value = try make()
        // Not kept when the file changed meanwhile: nobody knows of which content it is.
        if let version, FileVersion.current(of: path) == version {
            kept.withLock { kept in
                let old = kept.values.updateValue((version, value), forKey: path)
                kept.hasReplaced = kept.hasReplaced || old != nil
            }
        }
        return value
    }

    /// Forgets all files but these.
    ///
    /// - Parameter paths: The files.
    /// - Returns: Whether any were forgotten, or had changed since the last time.
    @discardableResult
    func keep(only paths: Set<String>) -> Bool {
        kept.withLock { kept in
            let count = kept.values.count
            kept.values = kept.values.filter { paths.contains($0.key) }
            defer { kept.hasReplaced = false }
            return kept.hasReplaced || kept.values.count < count
        }
    }
}
