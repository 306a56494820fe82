internal import Modelfile

/// Modelfiles: what is read must be what is written again, every value must know whether it can be
/// written, and what instructions say together must be the same after that.
struct ModelfileTarget: FuzzTarget {
    static let name = "modelfile"

    init() {}

    func check(_ input: [UInt8]) {
        guard let file = try? Modelfile(parsing: input) else { return }
        let again = try? Modelfile(parsing: Array(file.text.utf8))
        demand(again.map(Self.bytes) == Self.bytes(file), "written, it reads otherwise")
        demand(
            recipe(file) == again.flatMap(recipe),
            "written, its instructions say something else"
        )
        // The input itself as a value, marks and all.
        let value = String(decoding: input, as: UTF8.self)
        let holder = Modelfile([.from("m"), .system(value)])
        let read = try? Modelfile(parsing: Array(holder.text.utf8))
        demand(
            !Modelfile.isWritable(value) || read.map(Self.bytes) == Self.bytes(holder),
            "a value that can be written reads otherwise"
        )
    }

    private func recipe(_ file: Modelfile) -> ModelRecipe? { try? ModelRecipe(file) }

    /// Texts as code points: to Swift texts are the same that differ in how letters are composed.
    private static func bytes(_ file: Modelfile) -> [[UInt8]] {
        file.instructions.map { Array("\($0)".utf8) }
    }
}
