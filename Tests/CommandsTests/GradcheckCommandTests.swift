import Networks
import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct GradcheckCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test func everyOperationPasses() throws {
    let ending = try Child.run("gradcheck", "--json", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    #expect(report["passes"] == .bool(true))
    let checks = report["checks"]?.elements ?? []
    #expect(checks.count > 100)
    for check in checks { #expect(try #require(check["relative_error"]?.number) < 1e-7, "\(check)") }
  }

  @Test func architecturesAndModels() throws {
    let builtIn = try Child.run(
      "gradcheck", "--architecture", "tinycnn", "--input-shape", "1x6x6", "--classes", "3", in: directory)
    #expect(builtIn.code == 0, "\(builtIn.errors)")
    #expect(builtIn.output.contains("1 of 1 check passes (tolerance 1e-7)"))
    let model = try SampleFiles.writeModel("m.h5", in: directory, classCount: 3)
    #expect(try Child.run("gradcheck", "--model", model, "--scalars", "20", in: directory).code == 0)
    let none = try Child.run("gradcheck", "--model", SampleFiles.digits, in: directory)
    #expect(none.code == 65)
    #expect(none.errors == "Error: \(SampleFiles.digits): expected a model, found a dataset\n")
  }

  @Test func aPointWithoutAGradientFails() throws {
    // Without weights every unit lies at the kink of its ReLU, where the two one-sided slopes differ.
    let model = try SampleFiles.writeModel("zero.h5", in: directory, classCount: 3) { parameters in
      for key in parameters.tensors.keys where key.node == "conv" {
        parameters.tensors[key]?.withUnsafeMutableScalars { $0.update(repeating: 0) }
      }
    }
    let ending = try Child.run("gradcheck", "--model", model, "--scalars", "5", in: directory)
    #expect(ending.code == 2)
    #expect(ending.output.contains("fail (a unit lies at its kink; try another --seed)"))
    #expect(ending.errors == "Error: gradient checks that fail: 1\n")
    let json = try Child.run("gradcheck", "--model", model, "--scalars", "5", "--json", in: directory)
    #expect(try JSONValue.parse(json.output)["passes"] == .bool(false))
  }
}
