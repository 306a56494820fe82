package import Digests
package import POSIX

/// A conversation whose state an engine has written to a file.
package struct KeptConversation: Sendable, Hashable {
    /// The file's name.
    package let name: String
    /// Whose it is: nobody else gets it.
    package let owner: String
    /// How the engine was started that wrote it; no other can read it.
    package let engine: String
    /// The prompt that it begins with.
    package let trail: PromptTrail
    /// Tokens in it.
    package let tokens: Int
    /// The file's size.
    package let bytes: Int
    /// The digest of the file's content.
    package let digest: SHA256Digest
    /// When it was written.
    package let written: MonotonicTime

    /// Describes a file.
    ///
    /// - Parameters:
    ///   - name: The file's name.
    ///   - owner: Whose it is.
    ///   - engine: How the engine was started that wrote it.
    ///   - trail: The prompt that it begins with.
    ///   - tokens: Tokens in it.
    ///   - bytes: The file's size.
    ///   - digest: The digest of the file's content.
    ///   - written: When it was written.
    package init(
        name: String,
        owner: String,
        engine: String,
        trail: PromptTrail,
        tokens: Int,
        bytes: Int,
        digest: SHA256Digest,
        written: MonotonicTime
    ) {
        self.name = name
        self.owner = owner
        self.engine = engine
        self.trail = trail
        self.tokens = tokens
        self.bytes = bytes
        self.digest = digest
        self.written = written
    }
}

/// Which conversations are kept: bounded in bytes and age, the oldest go first.
///
/// Every change returns the names of files that are to be removed. Invariants:
/// 1. the sum of all sizes is at most the limit;
/// 2. a name that was returned or taken is known no more;
/// 3. nobody finds what is another's, or another engine's.
///
/// Knows no file and no clock; its owner supplies them.
package struct ConversationIndex: Sendable {
    private let limit: Int
    private let age: Duration
    /// The oldest first.
    private var list: [KeptConversation] = []
    /// Bytes of all files.
    package private(set) var bytes = 0

    /// Keeps nothing yet.
    ///
    /// - Parameters:
    ///   - limit: Most bytes of all files.
    ///   - age: How long a file is kept.
    package init(limit: Int, age: Duration) {
        self.limit = limit
        self.age = age
    }

    /// How many conversations there are.
    package var count: Int { list.count }

    /// Keeps one more; an older state of it goes, and the oldest of all until there is room.
    ///
    /// - Parameter new: The conversation.
    /// - Returns: Files to remove; its own where it is too large.
    package mutating func add(_ new: KeptConversation) -> [String] {
        guard new.bytes <= limit else { return [new.name] }
        var gone = remove { old in
            old.owner == new.owner && old.engine == new.engine && old.trail.count > 0
                && old.trail.common(with: new.trail) == old.trail.count
        }
        while bytes + new.bytes > limit {
            let oldest = list.removeFirst()
            bytes -= oldest.bytes
            gone.append(oldest.name)
        }
        list.append(new)
        bytes += new.bytes
        return gone
    }

    /// The conversation that a prompt goes on with, which is known no more afterwards.
    ///
    /// One of which the prompt uses less than half is left to others.
    ///
    /// - Parameters:
    ///   - trail: The prompt.
    ///   - owner: Whose it is.
    ///   - engine: How the engine was started that is to read it.
    ///   - known: How much of the prompt the engine knows already.
    /// - Returns: The one with the most in common; the newest of several.
    package mutating func take(
        _ trail: PromptTrail,
        of owner: String,
        for engine: String,
        beyond known: Int
    ) -> KeptConversation? {
        var best: Int?
        var most = known
        for (place, kept) in list.enumerated() where kept.owner == owner && kept.engine == engine {
            let common = kept.trail.common(with: trail)
            guard common * 2 >= kept.trail.count, common > known, common >= most else { continue }
            best = place
            most = common
        }
        guard let best else { return nil }
        bytes -= list[best].bytes
        return list.remove(at: best)
    }

    /// Forgets what is too old.
    ///
    /// - Parameter now: The present moment.
    /// - Returns: Files to remove.
    package mutating func expire(at now: MonotonicTime) -> [String] {
        let age = age
        return remove { $0.written + age <= now }
    }

    /// Forgets what belongs to somebody who is no more.
    ///
    /// - Parameter lives: Whether an owner is still there.
    /// - Returns: Files to remove.
    package mutating func keep(where lives: (_ owner: String) -> Bool) -> [String] {
        remove { !lives($0.owner) }
    }

    private mutating func remove(_ isOver: (KeptConversation) -> Bool) -> [String] {
        let gone = list.filter(isOver)
        guard !gone.isEmpty else { return [] }
        list.removeAll(where: isOver)
        bytes -= gone.reduce(0) { $0 + $1.bytes }
        return gone.map(\.name)
    }
}
