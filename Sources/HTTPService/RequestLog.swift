internal import Logging
internal import Metrics
internal import POSIX

/// Writes the log line and the metrics of every request.
struct RequestLog: Sendable {
    /// Shown for paths that no route has, so that hostile paths make no new series.
    static let unmatched = "unmatched"
    /// Logged for requests whose client went away before they were complete.
    static let clientGone = 499

    let logger: Logger
    private let requests: Metrics.Handle
    private let seconds: Metrics.Handle

    /// Registers the metrics.
    ///
    /// - Parameters:
    ///   - inFlight: How many requests are between their head and their last byte.
    init(logger: Logger, metrics: Metrics, inFlight: @escaping @Sendable () -> Int) {
        self.logger = logger
        requests = metrics.counter(
            "baton_http_requests_total",
            "Requests that were answered or whose client went away (499).",
            labels: ["route", "method", "status"]
        )
        seconds = metrics.histogram(
            "baton_http_request_seconds",
            "Time from a request's head to its answer.",
            labels: ["route"]
        )
        let gauge = metrics.gauge(
            "baton_http_requests_in_flight",
            "Requests between their head and the last byte of their answer."
        )
        metrics.collect { gauge.set(Double(inFlight())) }
    }

    /// Records the end of a request.
    func record(_ head: RequestHead, status: Int, bytes: Int) {
        let duration = MonotonicTime.now - head.began
        let route = head.route
        let method = head.method?.rawValue ?? "other"
        requests.add(1, route, method, status.description)
        seconds.observe(duration.seconds, route)
        let level = status >= 500 ? .error : head.logLevel
        logger.log(
            level,
            status == Self.clientGone ? "client went away" : "request",
            [
                ("request_id", head.id), ("method", method), ("route", route),
                ("status", "\(status)"), ("duration_ms", duration.millisecondText),
                ("bytes", "\(bytes)"),
            ]
        )
    }
}
