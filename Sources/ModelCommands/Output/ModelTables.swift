internal import CommandLine
internal import JSON

/// The tables of `list` and `ps`.
enum ModelTables {
    /// The models of `/api/tags`.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - now: Seconds since 1970.
    ///   - terminal: Where the table is shown.
    static func list(_ models: [JSONValue], now: Int, for terminal: Terminal) -> String {
        var table = Table(
            [("NAME", .left), ("ID", .left), ("SIZE", .left), ("MODIFIED", .left)],
            gap: 4
        )
        for model in models {
            let isRemote = model["remote_model"]?.stringValue?.isEmpty == false
            table.add([
                text(model["name"]), id(model),
                isRemote ? "-" : Amounts.bytes(model["size"]?.integerValue ?? 0),
                Moments.relative(model["modified_at"]?.stringValue, now: now),
            ])
        }
        return table.rendered(for: terminal)
    }

    /// The models of `/api/ps`.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - now: Seconds since 1970.
    ///   - terminal: Where the table is shown.
    static func running(_ models: [JSONValue], now: Int, for terminal: Terminal) -> String {
        var table = Table(
            [
                ("NAME", .left), ("ID", .left), ("SIZE", .left), ("PROCESSOR", .left),
                ("CONTEXT", .left), ("UNTIL", .left),
            ],
            gap: 4
        )
        for model in models {
            let size = model["size"]?.integerValue ?? 0
            table.add([
                text(model["name"]), id(model), Amounts.bytes(size),
                processor(size: size, onGPU: model["size_vram"]?.integerValue ?? 0),
                "\(model["context_length"]?.integerValue ?? 0)",
                until(model["expires_at"]?.stringValue, now: now),
            ])
        }
        return table.rendered(for: terminal)
    }

    /// Which processors hold a model: "100% GPU", "48%/52% CPU/GPU".
    static func processor(size: Int, onGPU: Int) -> String {
        if onGPU == 0 { return "100% CPU" }
        if size == 0 || onGPU > size { return "Unknown" }
        if onGPU == size { return "100% GPU" }
        let onCPU = Int((Double(size - onGPU) / Double(size) * 100).rounded())
        return "\(onCPU)%/\(100 - onCPU)% CPU/GPU"
    }

    /// How long a model stays: "4 minutes from now", "Forever", "Stopping...".
    static func until(_ text: String?, now: Int) -> String {
        if let moment = text.flatMap(Moments.seconds), moment < now { return "Stopping..." }
        return Moments.relative(text, now: now)
    }

    private static func id(_ model: JSONValue) -> String {
        String(text(model["digest"]).prefix(12))
    }

    private static func text(_ value: JSONValue?) -> String { value?.stringValue ?? "" }
}
