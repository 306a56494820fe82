internal import POSIX

/// A small file that is replaced now and then, off the loop: storage may take its time.
///
/// One write at a time; of those that come meanwhile only the last is written. A manager that is
/// killed in the middle leaves the old content, and so does a disk that is full.
final class StateFile: Sendable {
    private struct Writing {
        var isActive = false
        var next: [UInt8]?
        var waiting: [@Sendable (SystemError?) -> Void] = []
    }

    let path: String
    private let writing = Guarded(Writing())

    init(_ path: String) {
        self.path = path
    }

    /// Removes what earlier managers left that were killed while they wrote.
    ///
    /// Call when this is the only manager.
    func removeRests() {
        guard let end = path.lastIndex(of: "/") else { return }
        let (folder, name) = (String(path[..<end]), path[path.index(after: end)...])
        for rest in Files.names(in: folder) where rest.hasPrefix("\(name).partial.") {
            Files.remove("\(folder)/\(rest)")
        }
    }

    /// Writes content.
    ///
    /// - Parameters:
    ///   - content: What the file is to hold.
    ///   - done: Called on another thread when this content, or later content, was written or not.
    func save(_ content: [UInt8], done: @escaping @Sendable (SystemError?) -> Void) {
        let starts = writing.withLock { writing in
            writing.next = content
            writing.waiting.append(done)
            if writing.isActive { return false }
            writing.isActive = true
            return true
        }
        guard starts else { return }
        do {
            try NamedThread("baton-state") { self.write() }.detach()
        } catch {
            finish(error)
        }
    }

    private func write() {
        while true {
            let (content, waiting) = writing.withLock { writing in
                defer { (writing.next, writing.waiting) = (nil, []) }
                if writing.next == nil { writing.isActive = false }
                return (writing.next, writing.waiting)
            }
            guard let content else { return }
            var failure: SystemError?
            do {
                try Files.replace(path, with: content, mode: 0o600)
            } catch {
                failure = error
            }
            for done in waiting { done(failure) }
        }
    }

    private func finish(_ error: SystemError) {
        let waiting = writing.withLock { writing in
            defer { writing = Writing() }
            return writing.waiting
        }
        for done in waiting { done(error) }
    }
}
