internal import ModelFiles
internal import ModelStore

/// Heads of model files and manifests of models: GGUF read in three ways, which must agree, the facts
/// that a model's listing is made of, HEF, and manifests, whose digests become parts of paths.
struct HeaderTarget: FuzzTarget {
    static let name = "headers"

    init() {}

    func check(_ input: [UInt8]) {
        checkGGUF(input)
        _ = try? HEFHeader(parsing: input)
        guard let manifest = try? Manifest(parsing: input) else { return }
        for layer in manifest.layers + [manifest.config].compactMap({ $0 }) {
            let digest = "\(layer.digest)"
            demand(
                digest.utf8.count == 71 && digest.hasPrefix("sha256:")
                    && digest.dropFirst(7).allSatisfy { $0.isHexDigit && $0.isASCII },
                "a digest that is none: \(digest)"
            )
            demand(layer.size >= 0, "a layer of \(layer.size) bytes")
        }
    }

    private func checkGGUF(_ input: [UInt8]) {
        let header = try? GGUFHeader(parsing: input)
        let short = try? GGUFDescription(parsing: input)
        let whole = try? GGUFDescription(parsing: input, lists: .whole)
        demand((short == nil) == (whole == nil), "lists decide whether a file is read")
        guard let short, let whole else { return }
        demand(short.header == header, "a header depends on what follows it")
        demand(short.tensors == whole.tensors, "tensors depend on lists")
        demand(short.tensors.count == short.header.tensorCount, "not all tensors were read")
        demand(short.parameterCount >= 0, "\(short.parameterCount) parameters")
        demand(short.header.end <= input.count, "a header that is longer than the file")
        _ = GGUFFacts(short)
    }
}
