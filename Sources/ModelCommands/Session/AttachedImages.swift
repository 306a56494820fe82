internal import Digests
internal import JSON
internal import POSIX
internal import Text

/// Images and sounds that go with a prompt.
struct AttachedImages {
    /// The prompt without their paths.
    let text: String
    /// The files, in base64.
    let images: [JSONValue]
    /// What was attached, and what could not be, as people read it.
    let remarks: [String]

    /// Most bytes of a file: 100 MiB, as in Ollama.
    private static let largest = 100 << 20

    /// Reads the files that a prompt names; those that are not there stay a part of the text.
    init(_ prompt: String) {
        var taken: [ImagePaths.Found] = []
        var images: [JSONValue] = []
        var remarks: [String] = []
        for found in ImagePaths.find(in: prompt, home: Environment.value("HOME"))
        where Files.size(found.path) != nil {
            do {
                let bytes = try Files.read(found.path, limit: Self.largest)
                guard Self.isKnown(bytes) else {
                    remarks.append("'\(found.path)' is no JPEG, PNG, WebP or WAV file")
                    continue
                }
                images.append(.string(Base64.encoded(bytes)))
                taken.append(found)
                remarks.append("Added image '\(found.path)'")
            } catch {
                remarks.append("Couldn't process image: \(error)")
            }
        }
        text = ImagePaths.without(taken, prompt)
        self.images = images
        self.remarks = remarks
    }

    /// Whether a file begins as those do that models see or hear.
    private static func isKnown(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(12)
        func has(_ text: String, at offset: Int) -> Bool {
            start.dropFirst(offset).starts(with: text.utf8)
        }
        return start.starts(with: [0xFF, 0xD8, 0xFF])
            || start.starts(with: [0x89, 0x50, 0x4E, 0x47])
            || (has("RIFF", at: 0) && (has("WEBP", at: 8) || has("WAVE", at: 8)))
    }
}
