internal import DeviceClient
internal import DeviceProtocol
internal import MediaClient
internal import OCRPipeline
internal import Pixels
internal import POSIX

/// Reads the lines of a page, and looks again where a text is doubtful.
///
/// Every line is read once with the cheaper fit, and most texts are beyond doubt then. Of the others
/// the direction graph tells which stand on their head; these are turned and read again. What is
/// doubtful still is read with the finer fit. Once one line of a page stands on its head, the graph
/// is asked about all of them, as figures may read well both ways.
///
/// Lines go to the engine one by one, a few under way: while it works on one, the helper cuts out
/// the next and the one before is decoded. Each line's input depends on nothing but its own shape,
/// so that its text never depends on neighbours.
struct LineReader {
    private typealias Ports = (input: String, output: String)

    private let page: PageSession
    private let quads: [TextQuad]
    private let recognition: Ports
    private let direction: Ports
    private let decoder: CTCDecoder
    private var known: LineTexts
    private var deviceTime = Duration.zero

    /// Lines on their way at once: one in the engine, one before it and one after.
    private static let width = 3

    /// Prepares the reading of a page's lines.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - quads: Its regions, as `TextQuad.uprightForReading` returns them.
    ///   - decoder: Reads the output of the page's recognition graph.
    init(_ page: PageSession, quads: [TextQuad], decoder: CTCDecoder) async throws {
        self.page = page
        self.quads = quads
        self.decoder = decoder
        recognition = try await page.port("recognition")
        direction = try await page.port("direction")
        known = LineTexts(count: quads.count)
    }

    /// Reads all lines.
    ///
    /// - Parameter turning: Whether lines that stand on their head are turned.
    /// - Returns: What was read, and how long the engine worked.
    mutating func read(turning: Bool) async throws -> (LineTexts, Duration) {
        try await look(at: Array(quads.indices), .loose)
        if turning {
            var upsideDown = try await upsideDown(known.doubtful)
            if !upsideDown.isEmpty { upsideDown += try await self.upsideDown(known.certain) }
            try await look(at: upsideDown, turned: Set(upsideDown), .loose)
        }
        try await look(at: known.doubtful, turned: known.turned, .tight)
        return (known, deviceTime)
    }

    /// Reads lines and takes note of their texts; those without any area are passed over.
    private mutating func look(
        at indices: [Int],
        turned: Set<Int> = [],
        _ fit: LineFit
    ) async throws {
        let seen = quads.indices.map {
            turned.contains($0) ? quads[$0].turnedByHalf : quads[$0]
        }
        let plan = RecognitionPlan(seen, of: indices, fit: fit)
        let decoder = decoder
        let answers = try await answers(to: plan.lines) { reader, line in
            let spec = CropSpec(line.quad, width: line.width, contentWidth: line.contentWidth)
            // One step for every eight columns; the graph rounds up.
            let room = (line.width + 7) / 8 * decoder.classes
            return try await reader.run("recognition", reader.recognition, spec, room: room) {
                let steps = $0.count / decoder.classes
                return try decoder.decode(probabilities: $0, steps: steps, classes: $1)[0]
            }
        }
        for (line, text) in zip(plan.lines, answers) {
            known.note(text, of: line.index, turned: turned.contains(line.index))
        }
    }

    /// Those of the lines that stand on their head.
    private mutating func upsideDown(_ indices: [Int]) async throws -> [Int] {
        let quads = quads
        let answers = try await answers(to: indices) { reader, index in
            let content = DirectionPlan(quads[index]).contentWidth
            let spec = CropSpec(
                quads[index],
                width: DirectionPlan.width,
                contentWidth: content
            )
            return try await reader.run("direction", reader.direction, spec, room: 2) { values, _ in
                DirectionPlan.shouldTurn(upright: values[0], upsideDown: values[1])
            }
        }
        return zip(indices, answers).filter { $0.1 }.map { $0.0 }
    }

    // MARK: One line

    private struct Answer<Value: Sendable>: Sendable {
        let value: Value
        let deviceTime: Duration
    }

    /// Cuts a line out and runs a graph on it.
    ///
    /// - Parameters:
    ///   - name: The graph's name.
    ///   - ports: The names of its input and its output.
    ///   - spec: What is cut out.
    ///   - room: How many numbers the output may have.
    ///   - read: Is given the output and the length of its last dimension.
    private func run<Value: Sendable>(
        _ name: String,
        _ ports: Ports,
        _ spec: CropSpec,
        room count: Int,
        _ read: (Span<Float>, Int) throws -> Value
    ) async throws -> Answer<Value> {
        let input = try page.buffers.take(spec.byteCount)
        let room = try page.buffers.take(count * 4)
        try await page.picture.crops(spec, into: input)
        let shape = [1, 3, spec.height, spec.width]
        let result = try await page.grant.infer(
            name,
            of: page.model,
            inputs: [ports.input: InputTensor(type: .f32, shape: shape, buffer: input)],
            outputs: [ports.output: OutputRoom(buffer: room)]
        )
        guard let output = result.outputs[ports.output], let last = output.shape.last,
            (1...count).contains(output.count), output.byteCount <= room.count
        else {
            throw DeviceError(.inferenceFailed, "the \(name) graph answered another shape")
        }
        let value = try room.withFloats(output.count) { try read($0, last) }
        // Only now does nobody write to them any more; after a failure they are dropped instead.
        page.buffers.giveBack(input)
        page.buffers.giveBack(room)
        return Answer(value: value, deviceTime: result.deviceTime)
    }

    /// Does work for every item, a few at a time, and returns the answers in order.
    private mutating func answers<Item: Sendable, Value: Sendable>(
        to items: [Item],
        _ work: @escaping @Sendable (LineReader, Item) async throws -> Answer<Value>
    ) async throws -> [Value] {
        let reader = self
        var results = [Answer<Value>?](repeating: nil, count: items.count)
        try await withThrowingTaskGroup(of: (Int, Answer<Value>).self) { group in
            for (index, item) in items.enumerated() {
                if index >= Self.width, let (done, answer) = try await group.next() {
                    results[done] = answer
                }
                group.addTask { (index, try await work(reader, item)) }
            }
            while let (done, answer) = try await group.next() { results[done] = answer }
        }
        let answers = results.compactMap { $0 }
        deviceTime += answers.reduce(.zero) { $0 + $1.deviceTime }
        return answers.map(\.value)
    }
}

extension CropSpec {
    /// One line as the only item of a batch; the rest of its width is zero after normalisation.
    init(_ quad: TextQuad, width: Int, contentWidth: Int) {
        self.init(
            width: width,
            height: RecognitionSettings.height,
            crops: [Crop(quad: quad.corners.flatMap { [$0.x, $0.y] }, width: contentWidth)],
            normalisation: .textGraphs(fill: 127.5)
        )
    }
}
