internal import JSON
internal import Text

extension ConfigurationReader {
    /// A whole number.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - range: What is accepted.
    ///   - about: One line about it, with its unit.
    package func integer(
        _ key: String,
        default: Int,
        in range: ClosedRange<Int> = 0...Int.max,
        about: String
    ) -> Int {
        let accepted = Self.text(range)
        return value(key, `default`, about, accepted, { JSONValue($0) }) { node throws(Wrong) in
            guard let number = node.plain.flatMap(Scalars.integer) else {
                throw Wrong("must be a whole number, not \(node.kind)")
            }
            guard range.contains(number) else { throw Wrong("must be \(accepted), not \(number)") }
            return number
        }
    }

    /// A number.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - range: What is accepted.
    ///   - about: One line about it, with its unit.
    package func double(
        _ key: String,
        default: Double,
        in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude,
        about: String
    ) -> Double {
        let isOpen = range.upperBound == Double.greatestFiniteMagnitude
        let accepted =
            isOpen
            ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
        return value(key, `default`, about, accepted, { .number($0) }) { node throws(Wrong) in
            guard let number = node.plain.flatMap(Scalars.double) else {
                throw Wrong("must be a number, not \(node.kind)")
            }
            guard range.contains(number) else { throw Wrong("must be \(accepted), not \(number)") }
            return number
        }
    }

    /// A truth value: `true`, `false`, `yes`, `no`, `on` or `off`.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - about: One line about it.
    package func bool(_ key: String, default: Bool, about: String) -> Bool {
        value(key, `default`, about, nil, { .bool($0) }) { node throws(Wrong) in
            guard let truth = node.plain.flatMap(Scalars.bool) else {
                throw Wrong("must be true or false, not \(node.kind)")
            }
            return truth
        }
    }

    /// A span of time: `250ms`, `30s`, `1h30m`, or a number of seconds.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - range: What is accepted.
    ///   - about: One line about it.
    package func duration(
        _ key: String,
        default: Duration,
        in range: ClosedRange<Duration> = .zero ... .seconds(100 * 365 * 86_400),
        about: String
    ) -> Duration {
        let lower = DurationText.format(range.lowerBound)
        let bounds = "from \(lower) to \(DurationText.format(range.upperBound))"
        return value(key, `default`, about, bounds, { .string(DurationText.format($0)) }) {
            node throws(Wrong) in
            guard let duration = node.text.flatMap(DurationText.parse) else {
                throw Wrong("must be a duration such as 30s or 1h30m, not \(node.kind)")
            }
            guard range.contains(duration) else {
                throw Wrong("must be \(bounds), not \(DurationText.format(duration))")
            }
            return duration
        }
    }

    /// An amount of bytes: `10MiB`, `500MB`, or a number.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - default: What counts when it is absent.
    ///   - range: What is accepted.
    ///   - about: One line about it.
    package func bytes(
        _ key: String,
        default: Int,
        in range: ClosedRange<Int> = 0...Int.max,
        about: String
    ) -> Int {
        let accepted = Self.text(range, ByteText.format)
        return value(key, `default`, about, accepted, { .string(ByteText.format($0)) }) {
            node throws(Wrong) in
            guard let bytes = node.text.flatMap(ByteText.parse) else {
                throw Wrong("must be an amount of bytes such as 10MiB, not \(node.kind)")
            }
            guard range.contains(bytes) else {
                throw Wrong("must be \(accepted), not \(ByteText.format(bytes))")
            }
            return bytes
        }
    }

    // MARK: Internals

    /// Why a value is not acceptable.
    struct Wrong: Error {
        let message: String

        init(_ message: String) { self.message = message }
    }

    /// Reads one key: takes it, converts it, records it.
    func value<Value>(
        _ key: String,
        _ fallback: Value,
        _ about: String,
        _ accepted: String?,
        _ encode: (Value) -> JSONValue?,
        _ convert: (ConfigurationNode) throws(Wrong) -> Value
    ) -> Value {
        let found = take(key)
        var result = fallback
        if let found {
            do {
                result = try convert(found.node)
            } catch {
                report(found, key, error.message)
            }
        }
        record.add(
            path + [.key(key)],
            encode(result),
            source: found?.source,
            about: about,
            accepted: accepted
        )
        return result
    }

    private static func text(
        _ range: ClosedRange<Int>,
        _ format: (Int) -> String = { "\($0)" }
    ) -> String {
        let lower = format(range.lowerBound)
        return range.upperBound == Int.max
            ? "from \(lower) up" : "from \(lower) to \(format(range.upperBound))"
    }
}
