internal import Digests
internal import JSON

/// A model's list of blobs.
package struct Manifest: Sendable, Hashable {
    /// The configuration's blob; nil when there is none.
    package let config: ManifestLayer?
    /// The other blobs, in order.
    package let layers: [ManifestLayer]
    /// The manifest's own media type; nil where it does not say.
    package let mediaType: String?
    /// The SHA-256 digest of the manifest's own bytes: 64 lower-case hexadecimal digits.
    package let digest: String

    /// Most layers; chosen, a large model with a blob for every tensor has some ten thousand.
    static let mostLayers = 1 << 16

    /// Reads a manifest.
    ///
    /// - Parameters:
    ///   - bytes: Its text.
    ///   - place: Where it is, for the message.
    /// - Throws: `StoreProblem` when it is no JSON, or names a blob by anything but a digest.
    package init(parsing bytes: [UInt8], place: String = "manifest") throws(StoreProblem) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw StoreProblem(place, .invalidJSON(error))
        }
        do throws(JSONFieldError) {
            let fields = try JSONFields(value)
            mediaType = fields.value("mediaType")?.stringValue
            let config = try fields.fields("config")
            // A manifest without a configuration has an empty one.
            let hasConfig = try config?.string("digest").map { !$0.isEmpty } ?? false
            self.config = hasConfig ? try config.map(Self.layer) : nil
            let list = try fields.array("layers") ?? []
            guard list.count <= Self.mostLayers else {
                throw fields.error("layers", "must not be more than \(Self.mostLayers)")
            }
            var layers: [ManifestLayer] = []
            layers.reserveCapacity(list.count)
            for (index, item) in list.enumerated() {
                layers.append(try Self.layer(JSONFields(item, path: "layers[\(index)]")))
            }
            self.layers = layers
        } catch {
            throw StoreProblem(place, .invalid("\(error)"))
        }
        digest = "\(SHA256Digest(of: bytes))"
    }

    /// Bytes of all blobs together, by the manifest; `Int.max` when they are more.
    package var size: Int {
        (layers + (config.map { [$0] } ?? [])).reduce(0) { sum, layer in
            let (total, overflowed) = sum.addingReportingOverflow(layer.size)
            return overflowed ? .max : total
        }
    }

    /// All blobs, each once: the layers in order, then the configuration.
    package var blobs: [ManifestLayer] {
        var seen: Set<BlobDigest> = []
        return (layers + (config.map { [$0] } ?? [])).filter { seen.insert($0.digest).inserted }
    }

    /// The layers of a kind, in order.
    ///
    /// - Parameter kind: The kind.
    package func layers(_ kind: ManifestLayer.Kind) -> [ManifestLayer] {
        layers.filter { $0.kind == kind }
    }

    /// The model's own template; of several the last one counts.
    package var template: ManifestLayer? {
        layers.last { $0.kind == .template || $0.kind == .prompt }
    }

    private static func layer(_ fields: JSONFields) throws(JSONFieldError) -> ManifestLayer {
        let text = try fields.require("digest", fields.string("digest"))
        guard let digest = BlobDigest(text) else {
            throw fields.error("digest", "must be 'sha256:' and 64 hexadecimal digits")
        }
        let mediaType = try fields.string("mediaType") ?? ""
        return ManifestLayer(
            kind: ManifestLayer.Kind(mediaType: mediaType),
            mediaType: mediaType,
            digest: digest,
            size: try fields.integer("size", in: 0...Int.max) ?? 0,
            from: try fields.string("from"),
            name: try fields.string("name")
        )
    }
}
