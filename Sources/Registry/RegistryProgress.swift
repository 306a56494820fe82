package import JSON
internal import ModelStore

/// How far a pull or push is: one object of Ollama's stream.
package struct RegistryProgress: Sendable, Hashable {
    /// What goes on.
    package let status: String
    /// The blob that it is about; nil where it is about no one blob.
    package let digest: String?
    /// Bytes of the blob.
    package let total: Int?
    /// Bytes of it that are there, or have been sent.
    package let completed: Int?

    /// The last word of a transfer that went well.
    package static let success = "success"

    /// Creates a status without a blob.
    init(_ status: String) {
        self.status = status
        digest = nil
        total = nil
        completed = nil
    }

    /// Creates the status of a blob: `pulling` or `pushing`, and twelve of its digits.
    init(_ verb: String, _ digest: BlobDigest, total: Int, completed: Int) {
        status = "\(verb) \(digest.hexadecimal.prefix(12))"
        self.digest = "\(digest)"
        self.total = total
        self.completed = completed
    }

    /// The object as clients of Ollama read it.
    package var json: JSONValue {
        var object: JSONObject = ["status": .string(status)]
        if let digest { object["digest"] = .string(digest) }
        if let total { object["total"] = JSONValue(total) }
        if let completed { object["completed"] = JSONValue(completed) }
        return .object(object)
    }

    /// Whether it says something newer of the same thing.
    func replaces(_ older: RegistryProgress) -> Bool {
        status == older.status && digest == older.digest
    }
}
