import Metrics
import Testing

@Suite struct MetricsTests {
    @Test func rendersThePrometheusFormat() {
        let metrics = Metrics()
        let requests = metrics.counter("requests_total", "Requests.", labels: ["route", "code"])
        requests.add(1, "/ocr", "200")
        requests.add(2, "/ocr", "500")
        requests.add(1, "/ocr", "200")
        let memory = metrics.gauge("memory_bytes", "Memory.")
        memory.set(1.5)
        let time = metrics.histogram("seconds", "Time.", labels: ["model"], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 3, .nan] { time.observe(value, "m") }
        #expect(
            metrics.rendered() == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{route="/ocr",code="200"} 2
                requests_total{route="/ocr",code="500"} 2
                # HELP memory_bytes Memory.
                # TYPE memory_bytes gauge
                memory_bytes 1.5
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{model="m",le="0.1"} 2
                seconds_bucket{model="m",le="1"} 3
                seconds_bucket{model="m",le="+Inf"} 4
                seconds_sum{model="m"} 3.65
                seconds_count{model="m"} 4

                """
        )
    }

    @Test func existsFromTheStartWithoutLabels() {
        let metrics = Metrics()
        _ = metrics.counter("a_total", "A.")
        _ = metrics.counter("b_total", "B.", labels: ["x"])
        #expect(metrics.rendered() == "# HELP a_total A.\n# TYPE a_total counter\na_total 0\n")
    }

    @Test func escapesLabelValues() {
        let metrics = Metrics()
        metrics.gauge("g", "G.", labels: ["x"]).set(.infinity, "a\"b\\c\nd")
        #expect(metrics.rendered().contains(#"g{x="a\"b\\c\nd"} +Inf"#))
    }

    @Test func boundsTheNumberOfSeries() {
        let metrics = Metrics()
        let counter = metrics.counter("c_total", "C.", labels: ["peer"])
        for peer in 0..<1000 { counter.add(1, "p\(peer)") }
        counter.add(1, "p0")
        let lines = metrics.rendered().split(separator: "\n").filter { $0.hasPrefix("c_total{") }
        #expect(lines.count == Metrics.maximumSeries)
        #expect(lines.contains("c_total{peer=\"p0\"} 2"))
        #expect(lines.contains("c_total{peer=\"other\"} \(1000 - (Metrics.maximumSeries - 1))"))
    }

    @Test func registersAMetricOnce() {
        let metrics = Metrics()
        metrics.counter("c_total", "C.").add()
        metrics.counter("c_total", "C.").add()
        #expect(metrics.rendered().hasSuffix("c_total 2\n"))
    }

    @Test func refreshesBeforeRendering() {
        let metrics = Metrics()
        let gauge = metrics.gauge("g", "G.")
        metrics.collect { gauge.add(1) }
        #expect(metrics.rendered().hasSuffix("g 1\n"))
        #expect(metrics.rendered().hasSuffix("g 2\n"))
    }
}
