internal import JSON

/// The OpenAPI 3.1 document of a service, made from its routes so that it cannot drift from them.
enum OpenAPI {
    /// Makes the document.
    ///
    /// - Parameters:
    ///   - about: The service.
    ///   - routes: Every route.
    ///   - envelope: The shape of errors of routes that have none of their own.
    static func document(
        about: ServiceDescription,
        routes: [Route],
        envelope: ErrorEnvelope
    ) -> JSONValue {
        var paths = JSONObject()
        for route in routes {
            var methods = paths[route.path]?.objectValue ?? JSONObject()
            methods[route.method.rawValue.lowercased()] = operation(route, envelope)
            paths[route.path] = .object(methods)
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(about.name), "version": .string(about.version)],
            "paths": .object(paths),
        ]
    }

    private static func operation(_ route: Route, _ envelope: ErrorEnvelope) -> JSONValue {
        var operation = JSONObject([("summary", .string(route.description.summary))])
        let parameters = parameters(of: route.path)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let schema = route.description.request {
            operation["requestBody"] = ["required": true, "content": content(schema, route.body)]
        }
        var success = JSONObject([("description", "success")])
        var content: JSONObject = [:]
        if let schema = route.description.response {
            content["application/json"] = ["schema": schema]
        }
        if let type = route.description.streamType { content[type] = [:] }
        if !content.members.isEmpty { success["content"] = .object(content) }
        let errors = (route.errors ?? envelope).schema
        operation["responses"] = [
            "200": .object(success),
            "default": [
                "description": "error", "content": ["application/json": ["schema": errors]],
            ],
        ]
        return .object(operation)
    }

    private static func content(_ schema: JSONValue, _ body: Route.Body) -> JSONValue {
        let entry: JSONValue = ["schema": schema]
        return switch body {
        case .bytes: ["application/json": entry]
        case .multipart: ["multipart/form-data": entry]
        case .bytesOrMultipart: ["application/json": entry, "multipart/form-data": entry]
        }
    }

    private static func parameters(of path: String) -> [JSONValue] {
        path.split(separator: "/").compactMap { segment in
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return nil }
            return [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path",
                "required": true, "schema": ["type": "string"],
            ]
        }
    }
}
