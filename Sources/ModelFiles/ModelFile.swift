/// One file of a model: how large it is, and what its first bytes say it is.
struct ModelFile {
    /// The formats whose headers help an estimate.
    enum Format {
        case gguf, hef, other
    }

    /// Where it is.
    let path: String
    /// Its bytes.
    let size: Int
    /// What it is.
    let format: Format

    /// Examines a file.
    init(path: String) throws(HeaderError) {
        let reader = try HeaderReader(path: path)
        let start = try reader.bytes(min(4, reader.size))
        self.path = path
        size = reader.size
        // By name too: a broken file shall be told, not be taken for one of another kind.
        if start == GGUFReader.magic || path.hasSuffix(".gguf") {
            format = .gguf
        } else if start == HEFReader.magic || path.hasSuffix(".hef") {
            format = .hef
        } else {
            format = .other
        }
    }
}
