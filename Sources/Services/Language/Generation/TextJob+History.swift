internal import JSON
internal import LanguagePipeline

extension TextJob.History {
    /// A conversation whose pictures are parts of its messages.
    ///
    /// - Parameters:
    ///   - turns: The conversation.
    ///   - tools: The tools that may be called.
    ///   - isKept: Messages that are never left out.
    init(_ turns: [ChatRequest.Message], tools: [Tool], isKept: [Bool]) {
        self.init(
            messages: turns.map { entry in
                EngineBody.message(
                    entry.message,
                    // The engine looks into the picture for its kind, and wants some kind here.
                    images: entry.images.map { "data:image/*;base64,\($0.string)" },
                    places: entry.places
                )
            },
            sizes: turns.map { $0.message.content.utf8.count + $0.message.thinking.utf8.count },
            tools: tools,
            hasImages: !turns.allSatisfy(\.images.isEmpty),
            isKept: isKept
        )
    }

    /// How many messages to leave out so that what is too much goes; nil when no more can.
    ///
    /// - Parameters:
    ///   - excess: How many times longer than it may be the prompt is.
    ///   - leftOut: Messages that are left out already.
    func leaving(_ excess: Double, after leftOut: Int) -> Int? {
        let removable = isKept.indices.filter { !isKept[$0] }
        guard leftOut < removable.count else { return nil }
        // Every message has some tokens that are not its text's.
        func size(_ index: Int) -> Double { Double(sizes[index] + 16) }
        let present =
            isKept.indices.reduce(0) { $0 + size($1) }
            - removable.prefix(leftOut).reduce(0) { $0 + size($1) }
        var surplus = present * (1 - 1 / max(excess, 1.001))
        var count = leftOut
        while count < removable.count, surplus > 0 || count == leftOut {
            surplus -= size(removable[count])
            count += 1
        }
        return count
    }

    /// The text of a message of the model's own at the end, which it is to go on with.
    var begun: String? {
        guard let last = messages.last, last["role"] == "assistant", last["tool_calls"] == nil
        else { return nil }
        return last["content"]?.stringValue
    }

    /// The conversation without the oldest messages that can be left out.
    func without(_ count: Int) -> Self {
        guard count > 0 else { return self }
        let gone = Set(isKept.indices.filter { !isKept[$0] }.prefix(count))
        var result = self
        let left = isKept.indices.filter { !gone.contains($0) }
        result.messages = left.map { messages[$0] }
        result.sizes = left.map { sizes[$0] }
        result.isKept = left.map { isKept[$0] }
        return result
    }
}
