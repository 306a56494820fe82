package import JSON

/// Reads the events of llama-server's `/v1/chat/completions`.
///
/// Text comes on as it arrives. A call of a tool arrives in fragments and is kept until it is
/// complete: the next call has begun, or the answer has ended.
package struct ChatEvents: Sendable {
    private struct Fragment {
        var index: Int
        var id = ""
        var name = ""
        var arguments = ""
    }

    /// How the answer ended; nil until it has.
    package private(set) var end: GenerationEnd?
    /// Tokens of the prompt, as soon as the engine has begun with it.
    package private(set) var promptTokens = 0
    private var reason = GenerationEnd.Reason.stop
    private var stopWord: String?
    private var open: Fragment?
    private let alternatives: Int

    /// Most bytes of one call's arguments.
    private static let longestArguments = 16 << 20

    /// Begins with an answer.
    ///
    /// - Parameter alternatives: How many other tokens are told beside each one.
    package init(alternatives: Int = 0) {
        self.alternatives = alternatives
    }

    /// The text of an event that brings nothing else, as nearly all do; nil for any other.
    ///
    /// Such an event changes nothing here, and is read without making values of its other members,
    /// which takes a third of the time.
    ///
    /// - Parameter event: The event's data, not read yet.
    package static func plainText(_ event: ArraySlice<UInt8>) -> String? {
        JSONCursor.read(event) { cursor in
            var text: String?
            guard cursor.enterObject() else { return nil }
            while cursor.nextMember() {
                if cursor.isNamed("choices") {
                    guard cursor.enterList(), let found = plainChoice(&cursor),
                        cursor.leaveList()
                    else { return nil }
                    text = found
                } else {
                    guard !cursor.isNamed("error"), cursor.skipScalar() else { return nil }
                }
            }
            return cursor.isAtEnd() ? text : nil
        }
    }

    private static func plainChoice(_ cursor: inout JSONCursor) -> String? {
        var text: String?
        guard cursor.enterObject() else { return nil }
        while cursor.nextMember() {
            if cursor.isNamed("index") {
                guard cursor.skipScalar() else { return nil }
            } else if cursor.isNamed("delta") {
                guard cursor.enterObject(), cursor.nextMember(), cursor.isNamed("content"),
                    let found = cursor.text(), !cursor.nextMember()
                else { return nil }
                text = found
            } else {
                guard cursor.skipNull() else { return nil }
            }
        }
        return text
    }

    /// Takes an event in.
    ///
    /// - Parameter event: The event's data.
    /// - Returns: What it brings.
    /// - Throws: `Refusal` when a call's arguments are no object.
    package mutating func take(_ event: JSONValue) throws(Refusal) -> GenerationPiece {
        var piece = GenerationPiece()
        if let total = event["prompt_progress"]?["total"]?.integerValue { promptTokens = total }
        // Told only where it was asked for.
        if let word = event["__verbose"]?["stopping_word"]?.stringValue, !word.isEmpty {
            stopWord = word
        }
        if let choice = event["choices"]?.arrayValue?.first {
            if let delta = choice["delta"] { try take(delta: delta, &piece) }
            piece.probabilities = TokenProbabilities.list(
                choice["logprobs"]?["content"],
                alternatives: alternatives
            )
            if let word = choice["finish_reason"]?.stringValue {
                reason = word == "length" ? .length : .stop
                try close(&piece)
            }
        }
        if let timings = event["timings"],
            event["choices"]?.arrayValue?.isEmpty != false
                || event["usage"] != nil
        {
            var end = GenerationEnd()
            end.read(timings: timings)
            end.reason = reason
            end.stopWord = stopWord
            self.end = end
        }
        return piece
    }

    /// The answer ends here, whatever the engine would say.
    ///
    /// - Parameter generated: Tokens that were generated.
    package mutating func breakOff(after generated: Int) {
        var end = GenerationEnd()
        end.generatedTokens = generated
        self.end = end
    }

    private mutating func take(
        delta: JSONValue,
        _ piece: inout GenerationPiece
    ) throws(Refusal) {
        piece.content = delta["content"]?.stringValue ?? ""
        piece.thinking = delta["reasoning_content"]?.stringValue ?? ""
        for call in delta["tool_calls"]?.arrayValue ?? [] {
            let index = call["index"]?.integerValue ?? 0
            if open?.index != index { try close(&piece) }
            var fragment = open ?? Fragment(index: index)
            fragment.id += call["id"]?.stringValue ?? ""
            fragment.name += call["function"]?["name"]?.stringValue ?? ""
            fragment.arguments += call["function"]?["arguments"]?.stringValue ?? ""
            guard fragment.arguments.utf8.count <= Self.longestArguments else {
                throw Refusal(500, code: "bad_tool_call", "the arguments of a call have no end")
            }
            open = fragment
        }
    }

    /// Gives out the call that is complete now.
    private mutating func close(_ piece: inout GenerationPiece) throws(Refusal) {
        guard let fragment = open.take() else { return }
        let text = fragment.arguments.isEmpty ? "{}" : fragment.arguments
        guard let arguments = (try? JSONValue(parsing: text.utf8))?.objectValue else {
            // At the limit of tokens it is only half there, and the reason of the end says so.
            if reason == .length { return }
            throw Refusal(
                500,
                code: "bad_tool_call",
                "the model called '\(fragment.name)' with arguments that are no JSON object"
            )
        }
        piece.calls.append(
            ChatMessage.ToolCall(
                name: fragment.name,
                arguments: arguments,
                index: fragment.index,
                id: fragment.id
            )
        )
    }
}
