internal import JSON
internal import POSIX

/// How an engine that is an HTTP server is started: its socket and its arguments.
///
/// The model's settings hold `arguments`, a list of texts. In each of them `{socket}` stands for the
/// path at which the server must listen and `{file:NAME}` for the file of the model's graph NAME.
struct HTTPServerCall {
    /// A folder of this engine alone, which nobody else can enter.
    let folder: String
    /// Where the server listens.
    let socket: String
    /// The program's arguments.
    let arguments: [String]

    /// The longest path that the kernel takes for a socket.
    private static let longestPath = 107

    /// Reads the settings and makes the folder.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - folder: Where folders of engines are made.
    ///   - number: Tells this engine from the others that live.
    /// - Throws: `JSONFieldError` when the settings are wrong, `SystemError` when there is no folder.
    init(model: Model, folder: String?, number: Int) throws {
        guard let folder else {
            throw SystemError(code: 2, operation: "find a folder for the socket of an engine")
        }
        self.folder = "\(folder)/engines/\(number)"
        socket = "\(self.folder)/http.sock"
        guard socket.utf8.count <= Self.longestPath else {
            throw SystemError(code: 36, operation: "use '\(socket)' as a socket")
        }
        arguments = try Self.arguments(of: model, socket: socket)
        try Files.makeFolder("\(folder)/engines", mode: 0o700)
        try Files.makePrivateFolder(self.folder)
        // Left by an engine of a manager that was killed.
        Files.remove(socket)
    }

    /// The arguments with all places filled in.
    static func arguments(of model: Model, socket: String) throws(JSONFieldError) -> [String] {
        let settings = try JSONFields(.object(model.settings), path: "settings")
        for (name, _) in model.settings.members where name != "arguments" {
            throw settings.error(name, "is unknown; an HTTP engine has 'arguments' alone")
        }
        let given = try settings.require("arguments", settings.strings("arguments"))
        guard given.contains(where: { $0.contains("{socket}") }) else {
            throw settings.error("arguments", "must say where the '{socket}' goes")
        }
        var places = ["{socket}": socket]
        for (graph, file) in model.graphs { places["{file:\(graph)}"] = file }
        return given.map { argument in
            places.reduce(argument) { Self.fill($0, $1.key, with: $1.value) }
        }
    }

    private static func fill(_ text: String, _ place: String, with value: String) -> String {
        var result = ""
        var rest = text[...]
        while let range = range(of: place, in: rest) {
            result += rest[..<range.lowerBound] + value
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    private static func range(of place: String, in text: Substring) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(place) {
                return start..<text.index(start, offsetBy: place.count)
            }
            start = text.index(after: start)
        }
        return nil
    }
}
