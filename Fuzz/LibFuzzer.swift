internal import POSIX

/// The target that this process was told to fuzz.
private let chosen: any FuzzTarget = {
    let name = Environment.value("BATON_FUZZ_TARGET") ?? ""
    guard let type = FuzzTargets.all.first(where: { $0.name == name }) else {
        preconditionFailure("BATON_FUZZ_TARGET names no target: '\(name)'")
    }
    do {
        return try type.init()
    } catch {
        preconditionFailure("the target cannot be prepared: \(error)")
    }
}()

/// What libFuzzer calls with every input.
///
/// An environment variable tells the target because libFuzzer starts this program again with
/// arguments of its own where it merges or minimises.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    chosen.check(input)
    return 0
}
