internal import POSIX

/// Names and values that tell one series of a metric from another.
package typealias Labels = [(name: String, value: String)]

/// The metrics of one process, rendered in the Prometheus text format 0.0.4.
///
/// Every metric has at most `maximumSeries` label sets; further ones are counted under the label
/// value "other", so that hostile requests cannot make memory grow.
package final class Metrics: Sendable {
    /// Most label sets of one metric.
    package static let maximumSeries = 256

    fileprivate enum Kind: String {
        case counter, gauge, histogram
    }

    /// One label set of a metric, for those who count often: found once, then kept.
    package final class Series: Sendable {
        fileprivate struct Values {
            var value = 0.0
            var buckets: [UInt64]
            var count: UInt64 = 0
        }

        fileprivate let labels: [String]
        private let bounds: [Double]
        private let values: Guarded<Values>

        fileprivate init(labels: [String], bounds: [Double]) {
            self.labels = labels
            self.bounds = bounds
            values = Guarded(Values(buckets: [UInt64](repeating: 0, count: bounds.count)))
        }

        fileprivate var current: Values { values.withLock { $0 } }

        /// Adds to a counter or gauge.
        ///
        /// - Parameter amount: Not negative for counters.
        package func add(_ amount: Double) {
            values.withLock { $0.value += amount }
        }

        /// Sets a gauge.
        ///
        /// - Parameter value: The new value.
        package func set(_ value: Double) {
            values.withLock { $0.value = value }
        }

        /// Records one observation of a histogram; one that is no number is ignored.
        ///
        /// - Parameter value: In the unit that the name ends with.
        package func observe(_ value: Double) {
            // A single NaN would spoil the sum for ever.
            guard !value.isNaN else { return }
            let bucket = bounds.firstIndex { value <= $0 }
            values.withLock { values in
                values.value += value
                values.count += 1
                if let bucket { values.buckets[bucket] += 1 }
            }
        }
    }

    fileprivate struct Family {
        let name: String
        let help: String
        let kind: Kind
        let labelNames: [String]
        let bounds: [Double]
        var series: [Series] = []
        var index: [[String]: Series] = [:]
    }

    /// The families by themselves: a collector holds handles, and must not thereby hold its owner.
    fileprivate final class Store: Sendable {
        let families = Guarded<[Family]>([])
    }

    /// One metric; cheap to copy, safe to use from any thread.
    package struct Handle: Sendable {
        fileprivate let store: Store
        fileprivate let family: Int

        /// Adds to a counter or gauge.
        ///
        /// - Parameters:
        ///   - amount: Not negative for counters.
        ///   - labels: One value for each label name, in the order of registration.
        package func add(_ amount: Double = 1, _ labels: String...) {
            series(labels).add(amount)
        }

        /// Sets a gauge.
        ///
        /// - Parameters:
        ///   - value: The new value.
        ///   - labels: One value for each label name, in the order of registration.
        package func set(_ value: Double, _ labels: String...) {
            series(labels).set(value)
        }

        /// Records one observation of a histogram; one that is no number is ignored.
        ///
        /// - Parameters:
        ///   - value: In the unit that the name ends with.
        ///   - labels: One value for each label name, in the order of registration.
        package func observe(_ value: Double, _ labels: String...) {
            series(labels).observe(value)
        }

        /// The series of a label set, to be kept by those who count often.
        ///
        /// - Parameter labels: One value for each label name, in the order of registration.
        package func series(_ labels: [String]) -> Series {
            store.families.withLock { Metrics.series(for: labels, in: &$0[family]) }
        }
    }

    private let store = Store()
    private let collectors = Guarded<[@Sendable () -> Void]>([])

    /// Creates an empty set.
    package init() {}

    /// Registers a counter; its name ends in `_total`.
    ///
    /// - Parameters:
    ///   - name: The metric's name.
    ///   - help: One sentence.
    ///   - labels: Label names.
    package func counter(_ name: String, _ help: String, labels: [String] = []) -> Handle {
        register(name, help, .counter, labels, [])
    }

    /// Registers a gauge.
    ///
    /// - Parameters:
    ///   - name: The metric's name, with its unit.
    ///   - help: One sentence.
    ///   - labels: Label names.
    package func gauge(_ name: String, _ help: String, labels: [String] = []) -> Handle {
        register(name, help, .gauge, labels, [])
    }

    /// Registers a histogram.
    ///
    /// - Parameters:
    ///   - name: The metric's name, with its unit.
    ///   - help: One sentence.
    ///   - labels: Label names.
    ///   - bounds: Upper bounds in ascending order, without infinity.
    package func histogram(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        bounds: [Double] = [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
        ]
    ) -> Handle {
        register(name, help, .histogram, labels, bounds)
    }

    /// Adds a function that refreshes gauges just before they are rendered.
    ///
    /// - Parameter collector: Must not wait.
    package func collect(_ collector: @escaping @Sendable () -> Void) {
        collectors.withLock { $0.append(collector) }
    }

    /// All metrics as text.
    package func rendered() -> String {
        for collector in collectors.withLock({ $0 }) { collector() }
        let families = store.families.withLock { $0 }
        var text = ""
        for family in families { Self.render(family, into: &text) }
        return text
    }

    // MARK: Internals

    private func register(
        _ name: String,
        _ help: String,
        _ kind: Kind,
        _ labels: [String],
        _ bounds: [Double]
    ) -> Handle {
        store.families.withLock { families in
            if let index = families.firstIndex(where: { $0.name == name }) {
                let known = families[index]
                precondition(
                    known.kind == kind && known.labelNames == labels && known.bounds == bounds,
                    "'\(name)' is registered with another shape"
                )
                return Handle(store: store, family: index)
            }
            var family = Family(
                name: name,
                help: help,
                kind: kind,
                labelNames: labels,
                bounds: bounds
            )
            // A metric without labels exists from the start, so that its absence means a fault.
            if labels.isEmpty { _ = Self.series(for: [], in: &family) }
            families.append(family)
            return Handle(store: store, family: families.count - 1)
        }
    }

    fileprivate static func series(for labels: [String], in family: inout Family) -> Series {
        precondition(labels.count == family.labelNames.count, "one value for each label name")
        if let known = family.index[labels] { return known }
        var key = labels
        // One place is kept for all the others together.
        if !labels.isEmpty, family.series.count >= maximumSeries - 1 {
            key = labels.map { _ in "other" }
            if let known = family.index[key] { return known }
        }
        let series = Series(labels: key, bounds: family.bounds)
        family.series.append(series)
        family.index[key] = series
        return series
    }
}

// MARK: Rendering

extension Metrics {
    private static func render(_ family: Family, into text: inout String) {
        guard !family.series.isEmpty else { return }
        text +=
            "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        for series in family.series {
            let values = series.current
            let labels = zip(family.labelNames, series.labels).map { "\($0)=\"\(escaped($1))\"" }
            guard family.kind == .histogram else {
                text += "\(family.name)\(braced(labels)) \(number(values.value))\n"
                continue
            }
            var total: UInt64 = 0
            for (bound, count) in zip(family.bounds, values.buckets) {
                total += count
                text +=
                    "\(family.name)_bucket\(braced(labels + ["le=\"\(number(bound))\""])) \(total)\n"
            }
            text += "\(family.name)_bucket\(braced(labels + ["le=\"+Inf\""])) \(values.count)\n"
            text += "\(family.name)_sum\(braced(labels)) \(number(values.value))\n"
            text += "\(family.name)_count\(braced(labels)) \(values.count)\n"
        }
    }

    private static func braced(_ labels: [String]) -> String {
        labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
