internal import HTTPService
internal import JSON

extension Route {
    /// Any object, where a document says no more.
    static let anyObject: JSONValue = ["type": "object"]

    /// A route that takes an object and answers with one, or with a stream.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - summary: One sentence.
    ///   - schema: The schema of the request.
    ///   - errors: The shape of errors; nil for the server's.
    ///   - streamType: The type of the stream that it may answer with; nil for none.
    ///   - shortTasks: Where tasks with a short body begin; nil for where all others do.
    ///   - answer: What answers.
    static func post(
        _ path: String,
        _ summary: String,
        _ schema: JSONValue = anyObject,
        errors: ErrorEnvelope? = nil,
        streamType: String? = nil,
        shortTasks: (any TaskExecutor)? = nil,
        _ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Route {
        var route = Route(
            .post,
            path,
            .init(summary, request: schema, response: anyObject, streamType: streamType),
            errors: errors,
            handler: .task(answer)
        )
        route.shortTasks = shortTasks
        return route
    }
}
