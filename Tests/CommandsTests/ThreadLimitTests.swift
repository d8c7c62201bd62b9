import Glibc
import Testing

/// A system that gives no further thread or process.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ThreadLimitTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
    // Another user writes there.
    chmod(directory.path, 0o777)
  }

  /// The work is done on the one thread there is, and comes to the same.
  @Test(arguments: [
    "attack --pgd --eps 0.1 --steps 5 --output adv.h5", "evaluate --eps 0.1 --suite quick", "predict --output p.h5",
    "gradient --output g.h5", "train --architecture mlp:hidden=8 --epochs 2 --output m.h5",
  ])
  func oneThreadIsEnough(command: String) throws {
    guard let program = Child.program, let line = Privileges.withoutThreads(for: program) else { return }
    let alone = try Child.shell("\(line) \"$0\" \(command) --threads 4 --json", in: directory)
    #expect(alone.code == 0, "\(command): \(alone.errors)")
    let ordinary = try Child.shell("exec \"$0\" \(command) --threads 4 --json", in: directory)
    let (a, b) = (try JSONValue.parse(alone.output), try JSONValue.parse(ordinary.output))
    for key in ["count", "clean_accuracy", "robust_accuracy", "selected_epoch"] { #expect(a[key] == b[key], "\(key)") }
  }

  /// A named file is read by another process, which there cannot be.
  @Test func aReaderThatCannotBeStartedIsAnError() throws {
    guard let program = Child.program, let line = Privileges.withoutThreads(for: program) else { return }
    let ending = try Child.shell("\(line) \"$0\" inspect \(SampleFiles.model)", in: directory)
    #expect(ending.code == 1)
    #expect(ending.errors.contains("--no-isolate reads it in this process"), "\(ending.errors)")
    #expect(try Child.shell("\(line) \"$0\" inspect \(SampleFiles.model) --no-isolate", in: directory).code == 0)
  }
}
