internal import Digests
internal import POSIX

/// One file of weights that is to be made smaller.
package struct QuantizationJob: Sendable, Hashable {
    /// The file.
    package let source: String
    /// Where the smaller one goes; an empty file is there, to be written over.
    package let target: String
    /// How the weights shall be stored: "Q4_K_M".
    package let type: String
}

/// Makes weights smaller.
///
/// Blocks until the target is written, and tells from time to time which part of the work is done,
/// from 0 to 1; false calls it off. Throws `StoreError.quantization` with a sentence, or
/// `.cancelled`.
package typealias Quantizer =
    @Sendable (
        _ job: QuantizationJob, _ progress: (_ part: Double) -> Bool
    ) throws(StoreError) -> Void

/// The names of the ways to store weights.
enum Quantization {
    /// What can be made smaller without losing twice.
    static let sources: Set<String> = ["F16", "BF16", "F32"]

    private static let types: Set<String> = [
        "Q1_0", "Q2_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q2_K_S", "Q3_K_S",
        "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ1_S", "IQ1_M",
        "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_NL",
        "IQ4_XS", "TQ1_0", "TQ2_0", "MXFP4_MOE", "F16", "BF16", "F32",
    ]
    /// Names that stand for others.
    private static let others = ["Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M"]

    /// The name that llama-quantize knows, in any case; nil for names that nobody knows.
    static func type(_ name: String) -> String? {
        let name = name.uppercased()
        if let other = others[name] { return other }
        return types.contains(name) ? name : nil
    }
}

extension StoreWriter {
    /// Makes a smaller blob of one.
    func quantize(
        _ digest: BlobDigest,
        to type: String,
        _ quantizer: Quantizer,
        progress: @escaping Progress
    ) throws(StoreError) -> StoredBlob {
        let source = store.path(of: digest)
        let size = size(of: digest) ?? 0
        // Of two bytes a weight, the largest type takes little more than half.
        try checkSpace(for: size / 8 * 5)
        let file = try temporaryFile()
        let job = QuantizationJob(source: source, target: file.path, type: type)
        try quantizer(job) { part in
            progress(Int(Double(size) * min(max(part, 0), 1)), size)
        }
        return try publish(file) { _, _ in progress(size, size) }
    }
}
