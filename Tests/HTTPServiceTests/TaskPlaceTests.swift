import HTTPService
import POSIX
import TestKit
import Testing

/// Where the tasks of requests begin.
struct TaskPlaceTests {
    private static func route(_ loop: EventLoop) -> Route {
        var route = Route.task(.post, "/place") { _ in
            .text(loop.isCurrent ? "loop" : "elsewhere")
        }
        route.shortTasks = LoopTaskExecutor(loop)
        return route
    }

    @Test(arguments: [(0, "loop"), (8192, "loop"), (8193, "elsewhere")])
    func shortBodiesAreReadWhereTheRouteSays(_ length: Int, _ place: String) async throws {
        let loop = try EventLoop(name: "tasks")
        defer { loop.stop() }
        try await TestService.with([Self.route(loop)]) { service in
            let body = [UInt8](repeating: 120, count: length)
            let answer = try await service.client().request("POST", "/place", body: body)
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self) == place)
        }
    }
}
