import JSON
import ModelStore
import POSIX
import Randomness

/// Changes a store over and over, by chance, until somebody kills it: `store-worker STORE SEED
/// [ROUNDS]`.
///
/// Copies, makes and deletes models of one letter, imports, collects and verifies, as a service and
/// a command line might do at once. Ends with code 1 and a sentence when something is refused that
/// must not be, or a model is seen that is not whole. The model `seed` must be there; it is left
/// alone.
@main
struct Main {
    static func main() {
        let words = CommandLine.arguments
        guard words.count >= 3, let seed = UInt64(words[2]) else {
            print("usage: store-worker STORE SEED [ROUNDS]")
            exitWith(2)
        }
        let rounds = words.count > 3 ? Int(words[3]) ?? .max : .max
        let store = ModelStore(path: words[1]) { _ in ["Prompt"] }
        var worker = Worker(StoreWriter(store), SeededGenerator(seed: seed))
        do throws(StoreError) {
            for _ in 0..<rounds { try worker.change() }
        } catch {
            print("store-worker: \(error)")
            exitWith(1)
        }
    }
}

/// One program that changes a store.
struct Worker {
    private let writer: StoreWriter
    private var numbers: SeededGenerator

    init(_ writer: StoreWriter, _ numbers: SeededGenerator) {
        self.writer = writer
        self.numbers = numbers
    }

    /// Changes something.
    mutating func change() throws(StoreError) {
        let (one, other) = (name(), name())
        do throws(StoreError) {
            switch Int.random(in: 0..<10, using: &numbers) {
            case 0...3: try create(one)
            case 4...5: _ = try writer.copy(one, to: other)
            case 6...8: _ = try writer.delete(one)
            default: _ = try writer.collect(minimumAge: .zero, isDryRun: false)
            }
        } catch {
            // Another program was faster.
            if case .unknownModel = error { return }
            throw error
        }
        let found = try writer.verify(readsContent: false)
        guard found.isClean else {
            let problems = found.models.flatMap(\.problems).map { "\($0)" }
            throw .refused(problems.joined(separator: "; "))
        }
    }

    private mutating func create(_ name: ModelName) throws(StoreError) {
        guard let seed = ModelName("seed") else { return }
        var request = CreateRequest(name: name)
        request.from = seed
        // Few texts, so that models share blobs, and lose them to each other.
        let number = Int.random(in: 0..<4, using: &numbers)
        request.system = "Text \(number)" + String(repeating: ".", count: number * 5000)
        request.parameters = ["top_k": JSONValue(number)]
        _ = try writer.create(request)
    }

    private mutating func name() -> ModelName {
        let letter = ["a", "b", "C", "c", "hf.co/x/D:e"].randomElement(using: &numbers) ?? "a"
        guard let name = ModelName(letter) else { preconditionFailure("these are names") }
        return name
    }
}
