internal import MediaProtocol
internal import Pixels

/// The open pictures of a helper, bounded in number and bytes.
///
/// When it is full, new pictures are refused and none is evicted: whoever opened it still needs it.
struct PictureTable {
    private let byteLimit: Int
    private var pictures: [Int: Picture] = [:]
    private var bytes = 0
    private var nextID = 1

    /// Creates an empty table.
    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Checks that one more picture may be kept.
    func checkCount() throws(MediaError) {
        guard pictures.count < MediaLimits.pictures else {
            throw MediaError(.tooManyImages, "\(pictures.count) images are open already")
        }
    }

    /// Checks, before any memory is taken, that a picture would fit.
    func checkRoom(width: Int, height: Int) throws(MediaError) {
        let needed = width * height * 3
        guard needed <= byteLimit else {
            let limit = "a helper holds \(byteLimit)"
            throw MediaError(.imageTooLarge, "the image takes \(needed) bytes, \(limit)")
        }
        guard needed <= byteLimit - bytes else {
            throw MediaError(.tooManyImages, "open images leave no room for \(needed) bytes")
        }
    }

    /// Keeps a picture.
    ///
    /// - Returns: Its number, which is never used again.
    mutating func add(_ picture: Picture) -> Int {
        let id = nextID
        nextID += 1
        pictures[id] = picture
        bytes += picture.byteCount
        return id
    }

    /// Forgets a picture; an unknown one is ignored.
    mutating func remove(_ id: Int) {
        guard let picture = pictures.removeValue(forKey: id) else { return }
        bytes -= picture.byteCount
    }

    subscript(id: Int) -> Picture? { pictures[id] }
}
