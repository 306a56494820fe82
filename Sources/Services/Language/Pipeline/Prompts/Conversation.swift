/// What a template is filled with.
package struct Conversation: Sendable, Hashable {
    /// The messages, oldest first.
    package var messages: [ChatMessage]
    /// The tools that the model may ask for.
    package var tools: [Tool] = []
    /// Whether the model is to think; nil when nobody said.
    package var thinks: Bool?
    /// How much it is to think: a word that some models know; empty when nobody said.
    package var thinkLevel = ""
    /// What comes after the place that the model is to fill; the last message comes before it.
    package var suffix = ""
    /// What day it is, as `2006-01-02`, and what day was before it.
    package var today = ""
    package var yesterday = ""

    /// Makes a conversation.
    ///
    /// - Parameter messages: The messages, oldest first.
    package init(_ messages: [ChatMessage]) {
        self.messages = messages
    }

    /// The messages with neighbours of one role as one message, a blank line between their texts.
    ///
    /// Answers of tools stay apart: each belongs to a call.
    var merged: [ChatMessage] {
        var merged: [ChatMessage] = []
        for message in messages {
            // No copy of the last one is kept, which would be made anew for each text that is
            // added.
            if merged.last?.role == message.role, message.role != "tool" {
                merged[merged.count - 1].merge(message)
            } else {
                merged.append(message)
            }
        }
        return merged
    }
}

extension ChatMessage {
    fileprivate mutating func merge(_ next: ChatMessage) {
        content += "\n\n" + next.content
        thinking += (thinking.isEmpty || next.thinking.isEmpty ? "" : "\n\n") + next.thinking
        images += next.images
        for var call in next.toolCalls {
            // Which call of its message it is has changed with the message.
            call.index = toolCalls.count
            toolCalls.append(call)
        }
    }
}
