internal import HTTPService
internal import JSON

/// Answers that tell of long work line by line, or only of its end.
enum StatusLines {
    /// Hands on words about the work.
    typealias Emit = ([JSONValue]) async throws -> Void

    /// Answers with what work says of itself.
    ///
    /// Errors before the first line have their own status, later ones are a line of their own. A
    /// client that leaves ends the work.
    ///
    /// - Parameters:
    ///   - streams: Whether each word is sent; otherwise only that all went well.
    ///   - work: The work.
    static func answer(
        streams: Bool,
        _ work: @escaping @Sendable (Emit) async throws -> Void
    ) async throws -> HTTPResponse {
        guard streams else {
            try await work { _ in }
            return .json(["status": "success"])
        }
        var response = HTTPResponse.lines { stream in
            var hasBegun = false
            do {
                try await work { words in
                    hasBegun = true
                    try await stream.write(words.flatMap { $0.serialized + [UInt8(ascii: "\n")] })
                }
            } catch {
                guard hasBegun, !Task.isCancelled else { throw error }
                stream.note("error", "\(error)")
                try await stream.line(ErrorLine.json(error))
            }
        }
        response.startsLate = true
        return response
    }
}
