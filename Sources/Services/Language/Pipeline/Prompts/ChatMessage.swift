package import JSON

/// One message of a conversation.
package struct ChatMessage: Sendable, Hashable {
    /// A call of a tool, as a model asked for it.
    package struct ToolCall: Sendable, Hashable {
        /// The tool's name.
        package var name: String
        /// What it is called with; members keep their order.
        package var arguments: JSONObject
        /// Which call of its message it is, counted from 0.
        package var index: Int
        /// What an answer refers to; empty when nobody gave it one.
        package var id: String

        /// Describes a call.
        ///
        /// - Parameters:
        ///   - name: The tool's name.
        ///   - arguments: What it is called with.
        ///   - index: Which call of its message it is.
        ///   - id: What an answer refers to.
        package init(name: String, arguments: JSONObject, index: Int = 0, id: String = "") {
            self.name = name
            self.arguments = arguments
            self.index = index
            self.id = id
        }
    }

    /// Who speaks: `system`, `user`, `assistant`, `tool`, or what a template knows beside these.
    package var role: String
    /// What is said.
    package var content: String
    /// What the model thought before it.
    package var thinking = ""
    /// How many images belong to it.
    package var images = 0
    /// The tools that the model asked for.
    package var toolCalls: [ToolCall] = []
    /// Of role `tool`: whose answer it is.
    package var toolName = ""
    /// Of role `tool`: the call that it answers.
    package var toolCallID = ""

    /// Makes a message of text alone.
    ///
    /// - Parameters:
    ///   - role: Who speaks.
    ///   - content: What is said.
    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
