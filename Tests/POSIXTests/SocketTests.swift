import Glibc
import POSIX
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    private let folder = TemporaryFolder()

    private func send(_ text: String, _ descriptors: [Int32] = [], on socket: Int32) throws -> Int {
        try Array(text.utf8).withUnsafeBytes {
            try Socket.send($0, descriptors: descriptors, on: socket)
        }
    }

    private func receive(on socket: Int32) throws -> (String, [FileDescriptorBox])? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
        defer { buffer.deallocate() }
        guard let received = try Socket.receive(into: buffer, on: socket) else { return nil }
        let text = String(decoding: buffer.prefix(received.count), as: UTF8.self)
        return (text, received.descriptors.map { FileDescriptorBox(owning: $0) })
    }

    @Test func carriesBytesAndDescriptors() throws {
        let (here, there) = try Socket.pair()
        let (inner, outer) = try Socket.pair()
        #expect(try send("hi", [inner.number], on: here.number) == 2)
        let (text, boxes) = try #require(try receive(on: there.number))
        #expect(text == "hi")
        let passed = try #require(boxes.first)
        #expect(fcntl(passed.number, F_GETFD) & FD_CLOEXEC != 0)
        #expect(try send("x", on: passed.number) == 1)
        #expect(try receive(on: outer.number)?.0 == "x")
    }

    @Test func returnsAtOnceWhenNothingCanMove() throws {
        let (here, there) = try Socket.pair()
        try here.setNonblocking(true)
        try there.setNonblocking(true)
        #expect(try receive(on: here.number) == nil)
        let chunk = String(repeating: "x", count: 65_536)
        var total = 0
        while true {
            let sent = try send(chunk, on: here.number)
            if sent == 0 { break }
            total += sent
        }
        #expect(total > 0)
        shutdown(there.number, Int32(SHUT_RDWR))
        #expect(throws: SystemError.self) { try send("x", on: here.number) }
    }

    @Test func listensWithTheModeAskedFor() throws {
        for mode in [0o600, 0o660, 0o666] as [UInt32] {
            let path = folder.file("s\(mode)")
            let listener = FileDescriptorBox(try Socket.listen(at: path, mode: mode))
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == mode)
            #expect(try Socket.accept(from: listener) == nil)
            let client = try Socket.connect(to: path)
            let server = try #require(try Socket.accept(from: listener))
            #expect(try Socket.peer(of: server.number).pid == getpid())
            #expect(try Socket.peer(of: client.number).uid == geteuid())
        }
    }

    /// Waits until nobody listens at a path any more.
    ///
    /// A child that another test starts has a copy of every descriptor until it executes its program;
    /// so long a listener that was closed here lives.
    private func untilDead(_ path: String) {
        for _ in 0..<100_000 {
            let connection = try? FileDescriptorBox(Socket.connect(to: path))
            if connection == nil { return }
            sched_yield()
        }
    }

    @Test func replacesADeadSocketAndNothingElse() throws {
        let path = folder.file("socket")
        _ = try Socket.listen(at: path, mode: 0o600)
        // The first listener is closed by now, its file is still there.
        #expect(Files.size(path) != nil)
        untilDead(path)
        let living = try Socket.listen(at: path, mode: 0o600)
        #expect(throws: SystemError(code: EADDRINUSE, operation: "listen at '\(path)'")) {
            _ = try Socket.listen(at: path, mode: 0o600)
        }
        _ = try Socket.connect(to: path)
        #expect(living.number >= 0)
        let file = folder.file("file")
        try Files.replace(file, with: [1])
        let error = #expect(throws: SystemError.self) {
            _ = try Socket.listen(at: file, mode: 0o600)
        }
        #expect(error?.code == EEXIST)
        #expect(try Files.read(file) == [1])
    }

    @Test func countsAFullBacklogAsAlive() throws {
        let path = folder.file("socket")
        let listener = try Socket.listen(at: path, mode: 0o600, backlog: 0)
        let waiting = try Socket.connect(to: path)
        let error = #expect(throws: SystemError.self) {
            _ = try Socket.listen(at: path, mode: 0o600)
        }
        #expect(error?.code == EADDRINUSE)
        #expect(listener.number != waiting.number)
    }

    @Test func refusesWhatCannotBe() {
        let long = folder.file(String(repeating: "x", count: 120))
        let tooLong = #expect(throws: SystemError.self) { _ = try Socket.connect(to: long) }
        #expect(tooLong?.code == ENAMETOOLONG)
        let nobody = #expect(throws: SystemError.self) {
            _ = try Socket.connect(to: folder.file("x"))
        }
        #expect(nobody?.code == ENOENT)
        #expect(throws: SystemError.self) { try Socket.peer(of: 0) }
    }
}

@Suite struct DescriptorTests {
    @Test func closesWithItsOwner() throws {
        let (here, there) = try Socket.pair()
        let copy: Int32
        do {
            let descriptor = FileDescriptor(owning: fcntl(here.number, F_DUPFD_CLOEXEC, 500))
            let second = try descriptor.duplicate()
            #expect(second.number != descriptor.number)
            #expect(fcntl(second.number, F_GETFD) & FD_CLOEXEC != 0)
            copy = descriptor.release()
        }
        #expect(fcntl(copy, F_GETFD) >= 0)
        close(copy)
        _ = there
    }
}
