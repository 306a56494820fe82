internal import Glibc

/// Code that reads bytes of strangers, and what must hold of it whatever they are.
protocol FuzzTarget: Sendable {
    /// The name on the command line, and of the folder of its corpus.
    static var name: String { get }

    /// Prepares what every input needs; called once.
    init() throws

    /// Gives one input to the code; ends the process when something does not hold.
    ///
    /// - Parameter input: Any bytes.
    func check(_ input: [UInt8])
}

/// Every target.
enum FuzzTargets {
    static let all: [any FuzzTarget.Type] = [
        FrameTarget.self, HeaderTarget.self, HTTPHeadTarget.self, ImageTarget.self,
        JSONTarget.self, ModelfileTarget.self, MultipartTarget.self, SigningKeyTarget.self,
    ]
}

/// Ends the process when something does not hold, which is how a fuzzer learns of a finding.
///
/// - Parameters:
///   - condition: What must hold.
///   - sentence: What it means that it does not.
func demand(_ condition: Bool, _ sentence: @autoclosure () -> String) {
    guard !condition else { return }
    // A failed precondition says nothing in an optimised build.
    let line = Array("fuzz: \(sentence())\n".utf8)
    _ = unsafe write(2, line, line.count)
    abort()
}
