internal import JSON

/// What an answer took, as `--verbose` shows it.
enum TimingLines {
    /// The lines for the last object of an answer; figures that it lacks are left out.
    static func text(_ answer: JSONValue) -> String {
        func number(_ name: String) -> Int { answer[name]?.integerValue ?? 0 }
        var rows: [(String, String)] = []
        func span(_ title: String, _ name: String) {
            if number(name) > 0 { rows.append((title, Moments.goDuration(number(name)))) }
        }
        func count(_ title: String, _ name: String) {
            if number(name) > 0 { rows.append((title, "\(number(name)) token(s)")) }
        }
        func rate(_ title: String, _ tokens: String, _ time: String) {
            guard number(tokens) > 0, number(time) > 0 else { return }
            let rate = Double(number(tokens)) / (Double(number(time)) / 1e9)
            rows.append((title, "\(Amounts.decimal(rate, places: 2)) tokens/s"))
        }
        span("total duration", "total_duration")
        span("load duration", "load_duration")
        count("prompt eval count", "prompt_eval_count")
        count("prompt eval cached", "prompt_eval_cached_count")
        span("prompt eval duration", "prompt_eval_duration")
        rate("prompt eval rate", "prompt_eval_count", "prompt_eval_duration")
        count("eval count", "eval_count")
        span("eval duration", "eval_duration")
        rate("eval rate", "eval_count", "eval_duration")
        return rows.map { title, value in
            let gap = String(repeating: " ", count: max(1, 21 - title.count))
            return "\(title):\(gap)\(value)\n"
        }.joined()
    }
}
