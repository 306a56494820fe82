internal import POSIX

/// How much memory a model will take once it is loaded, from its files and settings.
///
/// DESIGN. An estimate serves until the first load was measured. It errs upwards: too much delays a
/// load, too little lets the machine swap. It looks at what the files are, not at the engine:
/// - GGUF and HEF: the sum over the files of what `FootprintParts` makes of each;
/// - all others: three times the files. An inference engine holds the weights once more in its own
///   layout, and working memory of about the same size.
///
/// A header that cannot be used leaves the last rule, and `note` says why.
package struct Footprint: Sendable, Hashable {
    /// Bytes of the weights, mapped or copied.
    package let weights: Int
    /// Bytes of what is kept from step to step: KV caches and others.
    package let caches: Int
    /// Bytes of working memory while it computes.
    package let working: Int
    /// Bytes that the process takes whatever the model.
    package let process: Int
    /// All of it, in bytes; 2^53 when it would be more.
    package let bytes: Int
    /// Why no header was used and the estimate is from file sizes alone; nil when all is well.
    package let note: String?

    /// Rounds the parts up to whole bytes.
    init(_ parts: FootprintParts, note: String? = nil) {
        weights = Self.whole(parts.weights)
        caches = Self.whole(parts.caches)
        working = Self.whole(parts.working)
        process = Self.whole(parts.process)
        bytes = Self.whole(parts.weights + parts.caches + parts.working + parts.process)
        self.note = note
    }

    /// Estimates what a model will take; reads the files' headers and blocks while it does.
    ///
    /// - Parameters:
    ///   - files: All files of the model: parts, projectors and draft models too.
    ///   - settings: How the engine is started.
    /// - Returns: The estimate; with a `note` when a header could not be used.
    package static func estimate(files: [String], settings: Settings = Settings()) -> Footprint {
        var sum = FootprintParts()
        var isKnown = false
        for path in files {
            do throws(HeaderError) {
                let file = try ModelFile(path: path)
                switch file.format {
                case .gguf: sum.add(try FootprintParts(gguf: file, settings))
                case .hef: sum.add(try FootprintParts(hef: file))
                case .other: sum.weights += Double(file.size)
                }
                isKnown = isKnown || file.format != .other
            } catch {
                return Footprint(FootprintParts(sizesOf: files), note: "'\(path)': \(error)")
            }
        }
        guard isKnown else { return Footprint(FootprintParts(sizesOf: files)) }
        sum.caches += Double(settings.extraCacheBytes)
        return Footprint(sum)
    }

    /// A number of bytes, rounded up.
    private static func whole(_ bytes: Double) -> Int {
        Int(min(max(bytes, 0), 0x1p53).rounded(.up))
    }
}

extension FootprintParts {
    /// Bytes of an engine's process without a model: measured for OpenVINO without a graph.
    private static let processBytes = 60_000_000.0

    /// The estimate for files of which nothing is known but their size; none counts as empty.
    fileprivate init(sizesOf files: [String]) {
        let size = files.reduce(0) { $0 + Double(Files.size($1) ?? 0) }
        self.init(weights: 2 * size, working: size, process: Self.processBytes)
    }
}
