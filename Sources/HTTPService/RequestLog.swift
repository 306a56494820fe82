internal import Logging
internal import Metrics
internal import POSIX

/// Writes the log line and the metrics of every request.
///
/// One line a request: `request_id`, `method`, `endpoint`, `status`, `total_ms`, `bytes_in`,
/// `bytes_out`, a field `…_ms` for each step of the work, and what the handler noted (model, sizes,
/// counts). Failures of ours are errors,
/// refusals for a while (503, 504) warnings.
struct RequestLog: Sendable {
    /// What was answered.
    struct Answer {
        let status: Int
        /// Bytes of the body, as far as they are known when it is queued.
        var bytes = 0
        var timings: [(name: String, duration: Duration)] = []
        var notes: [(name: String, value: String)] = []
        /// Whose task supplied the body; keeps what became known on the way.
        var request: RunningRequest?
        /// Whether the connection was lost before the last byte.
        var isCut = false

        init(status: Int, request: RunningRequest? = nil) {
            self.status = status
            self.request = request
        }

        init(_ response: HTTPResponse, request: RunningRequest?) {
            status = response.status
            timings = response.timings
            notes = response.notes
            self.request = request
            switch response.body {
            case .bytes(let body): bytes = body.count
            case .file(let region): bytes = region.count
            case .stream: bytes = 0
            }
        }
    }

    /// Shown for paths that no route has, so that hostile paths make no new series.
    static let unmatched = "unmatched"
    /// Logged for requests whose client went away before they were complete.
    static let clientGone = 499

    let logger: Logger
    private let tally: RequestTally

    /// Registers the metrics.
    ///
    /// - Parameters:
    ///   - logger: Where lines go.
    ///   - metrics: Where requests are counted.
    ///   - inFlight: How many requests are between their head and their last byte.
    ///   - connections: How many connections are open.
    init(
        logger: Logger,
        metrics: Metrics,
        inFlight: @escaping @Sendable () -> Int,
        connections: @escaping @Sendable () -> Int
    ) {
        self.logger = logger
        tally = RequestTally(metrics)
        let requests = metrics.gauge(
            "baton_http_requests_in_flight",
            "Requests between their head and the last byte of their answer."
        )
        let open = metrics.gauge("baton_http_connections", "Open connections.")
        metrics.collect {
            requests.set(Double(inFlight()))
            open.set(Double(connections()))
        }
    }

    /// Records the end of a request.
    ///
    /// - Parameters:
    ///   - head: The request.
    ///   - answer: What was answered.
    ///   - received: Bytes of the request's body.
    func record(_ head: RequestHead, _ answer: Answer, received: Int) {
        let now = MonotonicTime.now
        tally.count(head, answer.status, seconds: now.seconds(since: head.began))
        let level = Self.level(answer, head.logLevel)
        guard level >= logger.minimum else { return }
        logger.log(level, Self.sentence(answer), fields(head, answer, received, now - head.began))
    }

    private static func level(_ answer: Answer, _ usual: LogLevel) -> LogLevel {
        switch answer.status {
        case 503, 504: .warning
        // The client asked for what HTTP has and we do not speak.
        case 501, 505: usual
        case 500...: .error
        default: answer.isCut ? max(usual, .info) : usual
        }
    }

    private static func sentence(_ answer: Answer) -> String {
        answer.status == clientGone || answer.isCut ? "client went away" : "request"
    }

    private func fields(
        _ head: RequestHead,
        _ answer: Answer,
        _ received: Int,
        _ duration: Duration
    ) -> [(String, String)] {
        let sent = answer.bytes + (answer.request?.sent ?? 0)
        var fields = [
            ("request_id", head.id), ("method", head.method?.rawValue ?? "other"),
            ("endpoint", head.endpoint?.path ?? Self.unmatched), ("status", "\(answer.status)"),
            ("total_ms", duration.millisecondText), ("bytes_in", "\(received)"),
            ("bytes_out", "\(sent)"),
        ]
        for (name, duration) in answer.timings {
            fields.append(("\(name)_ms", duration.millisecondText))
        }
        for (name, value) in answer.notes + (answer.request?.notes ?? []) {
            fields.append((name, value))
        }
        if let key = head.key { fields.append(("key", key.name)) }
        return fields
    }
}
