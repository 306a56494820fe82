internal import CommandLine
internal import JSON
internal import POSIX

/// Asks a model and shows its answer while it comes.
struct Answerer: Sendable {
    /// Who is asked.
    let server: ModelServer
    /// Whether thoughts are left out.
    let hidesThoughts: Bool

    /// What came of an answer so far; it is there although the answer was stopped.
    final class Record: Sendable {
        private let parts = Guarded((answer: "", thoughts: "", last: JSONValue.null))

        /// The answer's text.
        var answer: String { parts.withLock { $0.answer } }
        /// The thoughts before it.
        var thoughts: String { parts.withLock { $0.thoughts } }
        /// The last object, which has the figures.
        var last: JSONValue { parts.withLock { $0.last } }

        fileprivate func take(_ object: JSONValue) -> (thoughts: String, answer: String) {
            let message = object["message"] ?? object
            let answer = (message["content"] ?? message["response"])?.stringValue ?? ""
            let thoughts = message["thinking"]?.stringValue ?? ""
            parts.withLock { parts in
                parts.answer += answer
                parts.thoughts += thoughts
                if object["done"] == true { parts.last = object }
            }
            return (thoughts, answer)
        }
    }

    /// Asks, and writes the answer to standard output.
    ///
    /// - Parameters:
    ///   - path: "/api/chat" or "/api/generate".
    ///   - body: The request.
    ///   - wraps: Whether lines are broken between words.
    ///   - record: Takes what comes.
    /// - Throws: `ServerError`, `CancellationError`.
    func ask(_ path: String, _ body: JSONValue, wraps: Bool, into record: Record) async throws {
        // The window may have changed since the last answer.
        var text = AnswerText(terminal: .output, wraps: wraps, hidesThoughts: hidesThoughts)
        // An answer that was stopped ends its line too.
        defer { Terminal.write(text.finish()) }
        try await server.stream(path, body) { object in
            let (thoughts, answer) = record.take(object)
            let output = text.write(thoughts: thoughts, answer: answer)
            if !output.isEmpty { Terminal.write(output) }
        }
    }

    /// Loads a model while something turns on the screen.
    func load(_ conversation: Conversation) async throws {
        let display = ProgressDisplay()
        display.begin("")
        defer { display.end(isCleared: true) }
        try await server.load(conversation.model, keepAlive: conversation.keepAlive)
    }
}
