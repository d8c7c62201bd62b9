import Hyperparameters
import Testing

/// A method with a hyper-parameter of every kind.
private struct Sample: Configurable {
  static let method = Method(name: "sample", title: "Sample", summary: "A sample.", citation: "Nobody")
  static let hyperparameters: [Hyperparameter<Sample>] = [
    .integer("queries", \.queries, in: 1...1000, "Queries."),
    .integer("seed", \.seed, in: 0...9, standard: "that of the run", "The seed."),
    .number("share", \.share, .from(0, to: 1), "Share."),
    .number("step-size", \.stepSize, .above(0), unit: "pixels", standard: "2.5 eps/steps", "Length of a step."),
    .number("decay", \.decay, .from(0, below: 1), "Decay."),
    .flag("early-stop", \.earlyStop, "Stop early."),
    .choice("norm", \.norm, of: ["l2", "linf"], "Norm."),
  ]

  struct Norm: HyperparameterType {
    var name: String
    init?(hyperparameter text: String) { name = text.lowercased() }
    var hyperparameterValue: HyperparameterValue? { .text(name) }
  }

  var queries = 500
  var seed: Int?
  var share: Float = 0.3
  var stepSize: Float?
  var decay = 0.9
  var earlyStop = true
  var norm = Norm(hyperparameter: "linf")
}

@Suite struct ConfigurableTests {
  private func sample(_ text: String) throws(HyperparameterError) -> Sample { try Sample(try MethodText(text)) }

  @Test func defaultsStay() throws {
    let sample = try sample("sample")
    #expect(sample.queries == 500)
    #expect(sample.stepSize == nil)
    #expect("\(sample.text)" == "sample")
  }

  @Test func valuesAreSet() throws {
    let sample = try sample(
      "sample:queries=7,seed=3,share=1/4,step_size=8/255,DECAY=0,early-stop=No,norm=L2")
    #expect(sample.queries == 7)
    #expect(sample.seed == 3)
    #expect(sample.share == 0.25)
    #expect(sample.stepSize == Float(8) / 255)
    #expect(sample.decay == 0)
    #expect(sample.earlyStop == false)
    #expect(sample.norm?.name == "l2")
  }

  @Test func theTextGivesTheMethodBack() throws {
    let sample = try sample("sample:seed=3,share=0.1,step-size=8/255,early-stop=false")
    let again = try self.sample("\(sample.text)")
    #expect(sample.stepSize == again.stepSize)
    #expect(again.record.map(\.value) == sample.record.map(\.value))
    #expect("\(sample.text)" == "sample:seed=3,share=0.1,step-size=0.03137255,early-stop=false")
  }

  /// A number of single precision is recorded as it is typed, and what has no value yet is left out.
  @Test func recordHoldsWhatHasAValue() throws {
    let record = try sample("sample:share=0.3").record
    #expect(record.map(\.name) == ["queries", "share", "decay", "early_stop", "norm"])
    #expect(record.map(\.value) == [.integer(500), .number(0.3), .number(0.9), .flag(true), .text("linf")])
  }

  @Test(arguments: [
    ("queries=0", "a whole number from 1 to 1,000"), ("queries=1001", "a whole number from 1 to 1,000"),
    ("queries=1.5", "a whole number from 1 to 1,000"),
    ("queries=99999999999999999999", "a whole number from 1 to 1,000"),
    ("share=1.5", "a number from 0 to 1"), ("share=nan", "a number from 0 to 1"), ("share=-1", "a number from 0 to 1"),
    ("step-size=0", "a number above 0"), ("step-size=inf", "a number above 0"), ("step-size=1/0", "a number above 0"),
    ("step-size=1e39", "a number above 0"), ("decay=1", "a number from 0 to below 1"),
    ("early-stop=maybe", "true or false"), ("norm=l7", "one of l2, linf"),
  ])
  func valuesOutOfRangeAreRefused(_ part: String, _ expected: String) {
    let pair = part.split(separator: "=").map(String.init)
    let error = HyperparameterError.value(pair[0], method: "sample", expected: expected, found: pair[1])
    #expect(throws: error) { try sample("sample:\(part)") }
  }

  @Test func unknownNamesAreRefused() {
    let known = Sample.hyperparameters.map(\.name)
    #expect(throws: HyperparameterError.unknown("foo", method: "sample", known: known)) { try sample("sample:foo=1") }
  }

  /// A program may set what no text can.
  @Test func checkFindsWhatAProgramSet() throws {
    var sample = Sample()
    try sample.check()
    sample.share = .nan
    #expect(throws: HyperparameterError.self) { try sample.check() }
    sample.share = 1
    sample.queries = 0
    #expect(throws: HyperparameterError.self) { try sample.check() }
  }

  @Test func descriptionsShowDefaults() {
    let descriptions = Sample.descriptions
    #expect(descriptions.map(\.standard) == ["500", "that of the run", "0.3", "2.5 eps/steps", "0.9", "true", "linf"])
    #expect(descriptions[3].unit == "pixels")
  }

  @Test func aListOfTypesIsACatalogue() {
    let catalogue: [any Configurable.Type] = [Sample.self]
    #expect(catalogue.map { $0.method.name } == ["sample"])
    #expect(catalogue[0].descriptions.count == 7)
  }
}

/// A method whose hyper-parameters are those of a part, and one that must be given.
private struct Whole: Configurable {
  static let method = Method(name: "whole", title: "Whole", summary: "A whole.")
  static let hyperparameters: [Hyperparameter<Whole>] =
    Sample.hyperparameters.lifted(to: \.part) + [
      .text("name", \.name, expected: "a name", "The name.")
    ]

  struct Name: HyperparameterType {
    var name = ""
    init() {}
    init?(hyperparameter text: String) { name = text }
    var hyperparameterValue: HyperparameterValue? { name.isEmpty ? nil : .text(name) }
  }

  var part = Sample()
  var name = Name()
}

@Suite struct LiftedHyperparameterTests {
  @Test func aPartIsSetAndRecorded() throws {
    let whole = try Whole(MethodText("whole:queries=7,share=1/4,name=a"))
    #expect(whole.part.queries == 7 && whole.part.share == 0.25)
    #expect(whole.record.map(\.name) == Sample().record.map(\.name) + ["name"])
    #expect(Whole.descriptions.prefix(7).map(\.standard) == Sample.descriptions.map(\.standard))
    let error = HyperparameterError.value(
      "queries", method: "whole", expected: "a whole number from 1 to 1,000", found: "0")
    #expect(throws: error) { try Whole(MethodText("whole:queries=0,name=a")) }
  }

  @Test func missingRequiredValuesAreRefused() {
    let error = HyperparameterError.value("name", method: "whole", expected: "a name", found: "nothing")
    #expect(throws: error) { try Whole(MethodText("whole:queries=7")) }
  }

  @Test func ownValuesMayStandForDefaults() throws {
    let sample = try Sample(MethodText("sample:queries=7,step-size=0.5"))
    #expect(
      sample.ownDescriptions.map(\.standard) == ["7", "that of the run", "0.3", "0.5", "0.9", "true", "linf"])
  }
}
