import HTTPService
import JSON
import TestKit
import Testing

@Suite struct RoutingTests {
    private static let routes: [Route] = [
        .immediate(.get, "/items/{name}") { .text("item \($0.parameter("name"))") },
        .immediate(.get, "/items/special") { _ in .text("special") },
        .immediate(.delete, "/items/{name}") { .text("gone \($0.parameter("name"))") },
        .task(.get, "/a/{x}/b/{y}") {
            .text("\($0.parameter("x"))+\($0.parameter("y")) via \($0.path)")
        },
        .immediate(.get, "/query") { request in
            .text(request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
        },
        .immediate(.post, "/post") { .text("\($0.body.count)") },
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let status: Int
        let text: String?
        var testDescription: String { "\(method) \(path)" }

        init(_ method: String, _ path: String, _ status: Int, _ text: String? = nil) {
            self.method = method
            self.path = path
            self.status = status
            self.text = text
        }
    }

    @Test(arguments: [
        Case("GET", "/items/one", 200, "item one"),
        Case("GET", "/items/special", 200, "special"),
        Case("GET", "/%69tems/sp%65cial", 200, "special"),
        Case("GET", "/items/a%2Fb%20c", 200, "item a/b c"),
        Case("GET", "/items/%C3%A9", 200, "item é"),
        Case("GET", "/a/1/b/2", 200, "1+2 via /a/1/b/2"),
        Case("DELETE", "/items/special", 405),
        Case("DELETE", "/items/one", 200, "gone one"),
        Case("GET", "/items/", 404),
        Case("GET", "/items", 404),
        Case("GET", "/items/one/two", 404),
        Case("GET", "/post/", 404),
        Case("GET", "*", 404),
        Case("GET", "xquery", 404),
        Case("GET", "/items/%FF", 400),
        Case("GET", "/items/%", 400),
        Case("GET", "/items/%4", 400),
        Case("GET", "/items/%zz", 400),
        Case("GET", "/items/%00", 400),
        Case("GET", "/query?a=1&b=%C3%A9+x&a=&c", 200, "a=1;b=é x;a=;c="),
        Case("GET", "/query?a=%FF", 400),
        Case("GET", "/query?a=%0", 400),
        Case("PATCH", "/query", 405),
        Case("BREW", "/query", 405),
        Case("BREW", "/nothing", 404),
    ])
    func answers(_ test: Case) async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            let response = try await client.request(test.method, test.path)
            #expect(response.status == test.status)
            if let text = test.text { #expect(response.text == text) }
            if test.status >= 400 { #expect(response.json?["error"]?["code"] != nil) }
            // The connection goes on after every one of them.
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test func refusesWrongMethodsWithAllow() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            let wrong = try await client.request("PUT", "/items/one")
            #expect(wrong.status == 405)
            #expect(wrong["Allow"] == "GET, HEAD, DELETE, OPTIONS")
            let body = try await client.request("PUT", "/post", body: [1, 2, 3])
            #expect(body.status == 405)
            #expect(body["Allow"] == "POST, OPTIONS")
        }
    }

    @Test func answersOptionsWithAllow() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            let response = try await client.request("OPTIONS", "/items/one")
            #expect(response.status == 204)
            #expect(response["Allow"] == "GET, HEAD, DELETE, OPTIONS")
            #expect(response["X-Request-Id"] != nil)
            let withBody = try await client.request("OPTIONS", "/items/one", body: [1])
            #expect(withBody.status == 204)
        }
    }

    @Test func answersHeadLikeGetWithoutBody() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            for path in ["/items/one", "/a/1/b/2", "/health"] {
                let get = try await client.request("GET", path)
                let head = try await client.request("HEAD", path)
                #expect(head.status == 200)
                #expect(head["Content-Length"] == "\(get.body.count)")
                #expect(head["Content-Type"] == get["Content-Type"])
            }
            #expect(try await client.request("HEAD", "/post").status == 405)
        }
    }

    @Test func prefersLiteralsWhateverTheOrder() async throws {
        let routes: [Route] = [
            .immediate(.get, "/{a}/x") { _ in .text("parameter") },
            .immediate(.get, "/lit/{b}") { _ in .text("literal") },
        ]
        for routes in [routes, routes.reversed()] {
            try await TestService.with(routes) { service in
                let client = try service.client()
                #expect(try await client.request("GET", "/lit/x").text == "literal")
                #expect(try await client.request("GET", "/other/x").text == "parameter")
            }
        }
    }

    @Test func trapsOnRoutesRegisteredTwice() async {
        await #expect(processExitsWith: .failure) {
            var router = Router()
            for name in ["{a}", "{b}"] {
                let route = Route(
                    .get,
                    "/x/\(name)",
                    Route.Description("Test."),
                    handler: .report { .text("") }
                )
                router.add(route)
            }
        }
    }
}
