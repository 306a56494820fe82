package import JSON
package import Pixels

extension Normalisation {
    /// Reads a conversion from the members of a request.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `JSONFieldError` when a member is missing, no finite number, or a `std` is zero.
    package init(_ fields: JSONFields) throws(JSONFieldError) {
        self.init()
        order = try fields.choice("order") ?? order
        mean = try fields.numbers("mean", count: 3)?.map { Float($0) } ?? mean
        std = try fields.numbers("std", count: 3)?.map { Float($0) } ?? std
        fill = try fields.numbers("fill", count: 3)?.map { Float($0) } ?? fill
        guard std.allSatisfy({ $0 != 0 }) else { throw fields.error("std", "must not hold zero") }
        guard fill.allSatisfy({ (0...255).contains($0) }) else {
            throw fields.error("fill", "must hold numbers from 0 to 255")
        }
    }

    func write(to object: inout JSONObject) {
        object["order"] = .string(order.rawValue)
        object["mean"] = .array(mean.map { .number(Double($0)) })
        object["std"] = .array(std.map { .number(Double($0)) })
        object["fill"] = .array(fill.map { .number(Double($0)) })
    }
}

extension TensorSpec {
    /// Reads a tensor's description from a request.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `JSONFieldError`, also when the content does not lie inside the output.
    package init(_ fields: JSONFields) throws(JSONFieldError) {
        let width = try fields.side("width")
        let height = try fields.side("height")
        self.init(width: width, height: height, normalisation: try Normalisation(fields))
        layout = try fields.choice("layout") ?? layout
        element = try fields.choice("dtype") ?? element
        kernel = try fields.choice("kernel") ?? kernel
        if let place = try fields.fields("content") {
            content = PixelRectangle(
                x: try place.require("x", place.integer("x", in: 0...MediaLimits.side)),
                y: try place.require("y", place.integer("y", in: 0...MediaLimits.side)),
                width: try place.side("width"),
                height: try place.side("height")
            )
        }
        guard isConsistent else { throw fields.error("content", "must lie inside the output") }
    }

    /// Adds the description to a request.
    ///
    /// - Parameter object: The request.
    package func write(to object: inout JSONObject) {
        normalisation.write(to: &object)
        object["width"] = JSONValue(width)
        object["height"] = JSONValue(height)
        object["layout"] = .string(layout.rawValue)
        object["dtype"] = .string(element.rawValue)
        object["kernel"] = .string(kernel.rawValue)
        object["content"] = [
            "x": JSONValue(content.x),
            "y": JSONValue(content.y),
            "width": JSONValue(content.width),
            "height": JSONValue(content.height),
        ]
    }
}

extension CropSpec {
    /// Reads a batch's description from a request.
    ///
    /// - Parameter fields: The request.
    /// - Throws: `JSONFieldError`, also when a crop is wider than the output.
    package init(_ fields: JSONFields) throws(JSONFieldError) {
        let width = try fields.side("width")
        let items = try fields.require("crops", fields.array("crops"))
        guard items.count <= MediaLimits.crops else {
            throw fields.error("crops", "has more than \(MediaLimits.crops) items")
        }
        var crops: [Crop] = []
        for (index, item) in items.enumerated() {
            crops.append(try Crop(JSONFields(item, path: "crops[\(index)]"), within: width))
        }
        self.init(
            width: width,
            height: try fields.side("height"),
            crops: crops,
            normalisation: try Normalisation(fields)
        )
    }

    /// Adds the description to a request.
    ///
    /// - Parameter object: The request.
    package func write(to object: inout JSONObject) {
        normalisation.write(to: &object)
        object["width"] = JSONValue(width)
        object["height"] = JSONValue(height)
        object["crops"] = .array(
            crops.map { crop in
                [
                    "quad": .array(crop.quad.map { .number($0) }),
                    "width": JSONValue(crop.width),
                    "turn": JSONValue(crop.turn),
                ]
            }
        )
    }
}

extension Crop {
    init(_ fields: JSONFields, within limit: Int) throws(JSONFieldError) {
        let quad = try fields.require("quad", fields.numbers("quad", count: 8))
        let reach = Double(MediaLimits.side) * 16
        guard quad.allSatisfy({ abs($0) <= reach }) else {
            throw fields.error("quad", "must hold numbers from -\(reach) to \(reach)")
        }
        let width = try fields.require("width", fields.integer("width", in: 1...limit))
        let turn = try fields.integer("turn") ?? 0
        guard [0, 90, 180, 270].contains(turn) else {
            throw fields.error("turn", "must be 0, 90, 180 or 270")
        }
        self.init(quad: quad, width: width, turn: turn)
    }
}

extension JSONFields {
    /// A side's length in pixels, which must be there.
    ///
    /// - Parameter name: The member.
    /// - Throws: `JSONFieldError` when it is missing or out of range.
    package func side(_ name: String) throws(JSONFieldError) -> Int {
        try require(name, integer(name, in: 1...MediaLimits.side))
    }

    func choice<Choice: RawRepresentable<String>>(
        _ name: String
    ) throws(JSONFieldError) -> Choice? {
        guard let word = try string(name) else { return nil }
        guard let choice = Choice(rawValue: word) else {
            throw error(name, "is unknown: '\(word)'")
        }
        return choice
    }

    func numbers(_ name: String, count: Int) throws(JSONFieldError) -> [Double]? {
        guard let items = try array(name) else { return nil }
        let numbers = items.compactMap(\.doubleValue)
        guard numbers.count == count, items.count == count else {
            throw error(name, "must hold \(count) numbers")
        }
        return numbers
    }
}
