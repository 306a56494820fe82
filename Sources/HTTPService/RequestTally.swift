internal import Metrics
internal import POSIX

/// Counts requests by route, method and status.
///
/// Series are looked up once and kept beside their route, because looking one up by its labels costs
/// as much as all else that is done for a small request.
struct RequestTally: Sendable {
    /// The series of one path, found so far.
    final class Kept: Sendable {
        fileprivate struct State {
            var requests: [(method: HTTPMethod?, status: Int, series: Metrics.Series)] = []
            var seconds: Metrics.Series?
        }

        fileprivate let state = Guarded(State())
    }

    private let requests: Metrics.Handle
    private let seconds: Metrics.Handle
    /// For requests of no route.
    private let unmatched = Kept()

    init(_ metrics: Metrics) {
        requests = metrics.counter(
            "baton_http_requests_total",
            "Requests that were answered or whose client went away (499).",
            labels: ["route", "method", "status"]
        )
        seconds = metrics.histogram(
            "baton_http_request_seconds",
            "Time from a request's head to the end of its answer.",
            labels: ["route"]
        )
    }

    func count(_ head: RequestHead, _ status: Int, seconds: Double) {
        let endpoint = head.endpoint
        let route = endpoint?.path ?? RequestLog.unmatched
        let kept = endpoint?.tally ?? unmatched
        let (answered, took) = kept.state.withLock { state in
            (counter(route, head.method, status, &state), histogram(route, &state))
        }
        answered.add(1)
        took.observe(seconds)
    }

    private func counter(
        _ route: String,
        _ method: HTTPMethod?,
        _ status: Int,
        _ state: inout Kept.State
    ) -> Metrics.Series {
        if let known = state.requests.first(where: { $0.method == method && $0.status == status }) {
            return known.series
        }
        let labels = [route, method?.rawValue ?? "other", status.description]
        let series = requests.series(labels)
        state.requests.append((method, status, series))
        return series
    }

    private func histogram(_ route: String, _ state: inout Kept.State) -> Metrics.Series {
        if let known = state.seconds { return known }
        let series = seconds.series([route])
        state.seconds = series
        return series
    }
}
