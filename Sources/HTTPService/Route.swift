package import JSON
package import Logging

/// One method of one path: what answers it, what it accepts, how it is described.
package struct Route: Sendable {
    /// What answers.
    package enum Handler: Sendable {
        /// Answers on the server's own thread without looking at the request; must not wait.
        case report(@Sendable () throws -> HTTPResponse)
        /// Answers on the server's own thread; must not wait, for all connections stand still.
        case immediate(@Sendable (HTTPRequest) throws -> HTTPResponse)
        /// Answers from a task of its own; counts against the limit of concurrent requests.
        ///
        /// The task is cancelled when the client leaves; one that only closes its sending end counts
        /// as having left.
        case task(@Sendable (HTTPRequest) async throws -> HTTPResponse)
        /// The same, but starts with the head and reads the body while it arrives.
        ///
        /// The answer is sent when the body is complete; a body that the handler did not read to its
        /// end is read and dropped.
        case upload(@Sendable (HTTPRequest, BodyStream) async throws -> HTTPResponse)
    }

    /// What bodies a route accepts.
    package enum Body: Sendable {
        /// Any bytes, whatever their type.
        case bytes
        /// Only `multipart/form-data`; everything else is answered with 415.
        case multipart
        /// `multipart/form-data` as parts, anything else as bytes.
        case bytesOrMultipart
    }

    /// What the OpenAPI document says about a route.
    package struct Description: Sendable {
        /// One sentence.
        package var summary: String
        /// The JSON schema of the request's body, or nil without one.
        package var request: JSONValue?
        /// The JSON schema of the successful answer, or nil when that is not JSON.
        package var response: JSONValue?
        /// The type of successful answers that come piece by piece, or nil when none do.
        package var streamType: String?

        /// Creates a description.
        ///
        /// - Parameters:
        ///   - summary: One sentence.
        ///   - request: The schema of the request's body.
        ///   - response: The schema of the answer.
        ///   - streamType: The type of answers that come piece by piece.
        package init(
            _ summary: String,
            request: JSONValue? = nil,
            response: JSONValue? = nil,
            streamType: String? = nil
        ) {
            self.summary = summary
            self.streamType = streamType
            self.request = request
            self.response = response
        }
    }

    /// The method; never HEAD, which GET routes answer.
    package let method: HTTPMethod
    /// The path; a segment `{name}` matches any one segment that is not empty.
    package let path: String
    /// What the document says.
    package let description: Description
    /// What bodies are accepted.
    package var body: Body
    /// Largest body in bytes, or nil for the server's default.
    package var bodyLimit: Int?
    /// The shape of errors, or nil for the server's.
    package var errors: ErrorEnvelope?
    /// The level of the log line of an answer below 500.
    package var logLevel: LogLevel
    /// Whether it answers without a key on servers that demand one; for probes.
    package var isOpen: Bool
    /// How long its handler may take until the answer begins; nil for as long as it takes.
    package var timeLimit: Duration?
    /// Where the task of a request with a short body begins; nil for the threads that all others have.
    ///
    /// With the loop's executor two changes of threads are spared. From there the handler goes
    /// elsewhere (`WorkerPool`) before it computes long or waits for a disk.
    package var shortTasks: (any TaskExecutor)?
    /// What answers.
    package let handler: Handler

    /// Creates a route.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: Starts with `/`.
    ///   - description: What the document says.
    ///   - body: What bodies are accepted.
    ///   - bodyLimit: Largest body in bytes.
    ///   - errors: The shape of errors.
    ///   - logLevel: The level of the log line of an answer below 500.
    ///   - isOpen: Whether it answers without a key.
    ///   - timeLimit: How long its handler may take until the answer begins.
    ///   - handler: What answers.
    package init(
        _ method: HTTPMethod,
        _ path: String,
        _ description: Description,
        body: Body = .bytes,
        bodyLimit: Int? = nil,
        errors: ErrorEnvelope? = nil,
        logLevel: LogLevel = .info,
        isOpen: Bool = false,
        timeLimit: Duration? = nil,
        handler: Handler
    ) {
        self.method = method
        self.path = path
        self.description = description
        self.body = body
        self.bodyLimit = bodyLimit
        self.errors = errors
        self.logLevel = logLevel
        self.isOpen = isOpen
        self.timeLimit = timeLimit
        self.handler = handler
    }
}
