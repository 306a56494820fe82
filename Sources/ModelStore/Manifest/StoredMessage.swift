/// A message that comes before every conversation with a model.
package struct StoredMessage: Sendable, Hashable {
    /// Who says it: "system", "user" or "assistant".
    package let role: String
    /// What is said.
    package let content: String

    /// Creates a message.
    ///
    /// - Parameters:
    ///   - role: Who says it.
    ///   - content: What is said.
    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
