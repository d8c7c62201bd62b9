import Attacks
import Compute
import Exchange
import Networks
import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct AttackCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func attack(_ options: String...) throws -> Child.Ending {
    try Child.start(["attack"] + options, in: directory).wait()
  }

  private func report(_ options: [String]) throws -> JSONValue {
    let ending = try Child.start(["attack", "--json"] + options, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.errors.isEmpty)
    return try JSONValue.parse(ending.output)
  }

  @Test func theFirstCommand() throws {
    let ending = try attack("--fgsm", "--eps", "0.1")
    #expect(ending.code == 0)
    #expect(ending.errors.isEmpty)
    let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 8, "\(ending.output)")
    #expect(lines[0].hasSuffix("Data/digits-cnn.h5 (19,258 parameters)"))
    #expect(lines[1].hasSuffix("Data/digits.h5, test: 360 images of 1×8×8, 10 classes"))
    #expect(lines[2] == "threat  L∞, eps = 0.1 in stored pixel units (25.5/255), pixels in [0, 1]")
    #expect(
      lines[4].hasPrefix("attack                clean accuracy  robust accuracy     95 % interval  mean distance"))
    #expect(
      lines[6].contains(#/^Fast gradient method +9\d\.\d\d % +\d\d\.\d\d %  \[\d+\.\d\d, \d+\.\d\d\] % +0\.1 +0\.1 /#))
    #expect(lines[7].isEmpty)
  }

  @Test func projectedGradientIsAtLeastAsStrongAsOneStep() throws {
    for epsilon in ["0.1", "0.2"] {
      let fgsm = try report(["--fgsm", "--eps", epsilon])
      let pgd = try report(["--pgd", "--eps", epsilon])
      let clean = try #require(fgsm["clean_accuracy"]?.number)
      let one = try #require(fgsm["robust_accuracy"]?.number)
      let many = try #require(pgd["robust_accuracy"]?.number)
      #expect(clean >= 0.98)
      #expect(one < clean)
      #expect(many <= one, "\(epsilon)")
    }
  }

  @Test func jsonHasEveryKey() throws {
    let report = try report(["--pgd", "--eps", "8/255", "--steps", "3"])
    let expected: Set = [
      "command", "model", "data", "count", "clean_accuracy", "seconds", "attack", "norm", "epsilon", "robust_accuracy",
      "robust_accuracy_interval", "forwards", "backwards", "gradients_per_second",
    ]
    #expect(report.keys.isSuperset(of: expected), "\(expected.subtracting(report.keys))")
    #expect(report["command"] == .string("attack"))
    #expect(report["count"] == .number(360))
    #expect(report["norm"] == .string("linf"))
    // ε is a number of single precision.
    #expect(abs((report["epsilon"]?.number ?? 0) - 8.0 / 255) < 1e-8)
    #expect(report["model"]?["sha256"]?.string?.count == 64)
    #expect(report["data"]?["sha256"]?.string?.count == 64)
    let attack = try #require(report["attack"])
    #expect(attack.keys == ["name", "steps", "step_size", "random_start", "restarts", "early_stop", "loss"])
    #expect(attack["name"] == .string("pgd"))
    let interval = (report["robust_accuracy_interval"]?.elements ?? []).compactMap(\.number)
    let robust = try #require(report["robust_accuracy"]?.number)
    #expect(interval.count == 2 && interval[0] <= robust && robust <= interval[1])
  }

  @Test func everyRadiusIsARadius() throws {
    let nothing = try report(["--pgd", "--eps", "0", "--count", "50"])
    #expect(nothing["robust_accuracy"] == nothing["clean_accuracy"])
    let large = try report(["--fgsm", "--eps", "1e30", "--norm", "l2", "--count", "50"])
    #expect(large["robust_accuracy"]?.number != nil)
    let few = try attack("--attack", "noise", "--norm", "l0", "--eps", "3", "--count", "20")
    #expect(few.output.contains("threat  L0, at most 3 pixel values changed, pixels in [0, 1]"))
  }

  @Test func oneExampleAndOneClass() throws {
    let one = try report(["--fgsm", "--eps", "0.1", "--count", "1"])
    #expect(one["count"] == .number(1))
    let labels = try SampleFiles.testImages().labels
    let threes = try SampleFiles.testImages().selecting(labels.indices.filter { labels[$0] == 3 })
    let path = try SampleFiles.write("threes.h5", in: directory, of: threes, labels: threes.labels)
    let report = try report(["--fgsm", "--eps", "0.1", "--data", path])
    #expect(try #require(report["clean_accuracy"]?.number) > 0.9)
    let single = try SampleFiles.writeModel("single.h5", in: directory, classCount: 1)
    let data = try SampleFiles.write("single-data.h5", in: directory, labels: [0, 0, 0, 0])
    let two = try self.report(["--pgd", "--eps", "0.1", "--model", single, "--data", data])
    // One output is two classes: it can be wrong about images of class 0 alone.
    let clean = try #require(two["clean_accuracy"]?.number)
    #expect(try #require(two["robust_accuracy"]?.number) <= clean)
  }

  @Test func aBatchOfAllWrongExamples() throws {
    let data = try SampleFiles.testImages(count: 40)
    let predictions = try SampleFiles.classifier().logits(of: data.images).argmax()
    let path = try SampleFiles.write("wrong.h5", in: directory, of: data, labels: predictions.map { ($0 + 1) % 10 })
    let report = try report(["--pgd", "--eps", "0.1", "--data", path, "--output", "adv.h5"])
    #expect(report["clean_accuracy"] == .number(0))
    #expect(report["robust_accuracy"] == .number(0))
    #expect(report["mean_distance"] == .null)
    #expect(report["backwards"] == .number(0))
    #expect(try Child.run("verify", "adv.h5", in: directory).code == 0)
    let table = try attack("--pgd", "--eps", "0.1", "--data", path)
    #expect(table.code == 0)
    #expect(!table.output.lowercased().contains("nan"))
  }

  @Test func aModelThatGivesNoNumbers() throws {
    let path = try SampleFiles.writeModel("huge.h5", in: directory) { parameters in
      for key in parameters.tensors.keys {
        parameters.tensors[key]?.withUnsafeMutableScalars { $0.update(repeating: 1e30) }
      }
    }
    let report = try report(["--fgsm", "--eps", "0.1", "--count", "5", "--model", path])
    #expect(report["clean_accuracy"] == .number(0))
    #expect(report["robust_accuracy"] == .number(0))
    #expect(report["invalid"] == .number(5))
    let table = try attack("--fgsm", "--eps", "0.1", "--count", "5", "--model", path)
    #expect(
      table.output.contains("invalid examples, counted as not robust: 5; the first is example 0: the model gave"))
    let prediction = try Child.run("predict", "--json", "--model", path, "--output", "p.h5", in: directory)
    let predicted = try JSONValue.parse(prediction.output)
    #expect(predicted["clean_accuracy"] == .number(0) && predicted["invalid"] == .number(360))
  }

  @Test func targetedAttacks() throws {
    for choice in ["least-likely", "random", "next"] {
      let report = try report(["--fgsm", "--eps", "0.2", "--targets", choice, "--output", "\(choice).h5"])
      #expect(report["targets"] == .string(choice))
      #expect(report["count"] == .number(360))
      let set = try AdversarialSet.read(from: directory.file("\(choice).h5"))
      for example in set.examples {
        let target = try #require(example.target)
        #expect(target != example.label)
        #expect(!example.isSuccess || example.adversarialPrediction == target)
      }
      #expect(set.examples.contains { $0.isSuccess })
      #expect(try Child.run("verify", "\(choice).h5", in: directory).code == 0)
    }
    // Examples of the target class itself can't be driven there.
    let labels = try SampleFiles.testImages().labels
    let three = try report(["--fgsm", "--eps", "0.2", "--targets", "3"])
    #expect(three["count"] == .number(Double(labels.count { $0 != 3 })))
  }

  @Test func theFileHoldsWhatWasReported() throws {
    let report = try report(["--pgd", "--eps", "0.1", "--steps", "5", "--seed", "7", "--output", "adv.h5"])
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    let robust = set.examples.count { $0.status == "robust" }
    #expect(Double(robust) / 360 == report["robust_accuracy"]?.number)
    #expect(set.provenance.seed == 7)
    #expect(
      set.provenance.command == ["attack", "--json"] + [
        "--pgd", "--eps", "0.1", "--steps", "5", "--seed", "7", "--output", "adv.h5",
      ])
    #expect(set.provenance.modelSHA256 == report["model"]?["sha256"]?.string)
    #expect(set.provenance.dataSHA256 == report["data"]?["sha256"]?.string)
    #expect(try JSONValue.parse(set.attack) == report["attack"])
    #expect(set.examples.map(\.id) == Array(0..<360))
    // The file's codes are those the evaluator documents.
    let codes = Dictionary(uniqueKeysWithValues: set.statusNames.enumerated().map { ($1, UInt8($0)) })
    for status in [ExampleStatus.misclassified, .robust, .broken, .beyondRadius, .invalid(.imageNotFinite)] {
      #expect(codes[status.name] == status.code)
    }
  }

  @Test func aRequirementThatDoesNotHold() throws {
    let broken = try attack("--fgsm", "--eps", "0.1", "--require-robust-accuracy", "0.9999")
    #expect(broken.code == 2)
    #expect(broken.errors.hasPrefix("Error: robust accuracy "))
    #expect(broken.output.contains("Fast gradient method"))
    #expect(try attack("--fgsm", "--eps", "0.1", "--require-robust-accuracy", "0.01").code == 0)
  }

  @Test func neitherBatchesNorThreadsMatter() throws {
    var first: Tensor<Float>?
    for (batch, threads) in [("1", "2"), ("17", "3"), ("256", "1")] {
      _ = try report([
        "--pgd", "--eps", "0.1", "--steps", "6", "--restarts", "2", "--batch-size", batch, "--threads", threads,
        "--output", "adv.h5",
      ])
      let found = try AdversarialSet.read(from: directory.file("adv.h5")).adversarial
      #expect(found.scalars.map(\.bitPattern) == (first ?? found).scalars.map(\.bitPattern), "\(batch), \(threads)")
      first = first ?? found
    }
  }

  @Test func hugeCountsAreNoMoreThanAll() throws {
    let report = try report([
      "--fgsm", "--eps", "0.1", "--count", "9223372036854775807", "--batch-size", "1000000",
    ])
    #expect(report["count"] == .number(360))
  }
}
