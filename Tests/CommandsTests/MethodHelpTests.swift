import Arguments
import Attacks
import Certification
import Commands
import Defences
import Hyperparameters
import Networks
import Testing
import Training

/// What help tells of a method is what its declaration says.
@Suite struct MethodHelpTests {
  private func help(_ words: String...) -> String {
    // So wide that no line is broken.
    Program.execute(root: AdvLab.self, arguments: ["help"] + words, columns: 400).output
  }

  @Test(arguments: AttackCatalog.names) func everyAttackHasItsOwn(name: String) throws {
    let attack = try #require(AttackCatalog.attacks.first { $0.name == name })
    for command in ["attack", "evaluate"] {
      let text = help(command, name)
      #expect(text.contains(attack.method.title))
      for description in attack.descriptions {
        #expect(text.contains("--\(description.name)"))
        #expect(text.contains("default: \(description.standard ?? "")"))
      }
    }
  }

  @Test(arguments: PreprocessorCatalog.names) func everyPreprocessorHasItsOwn(name: String) throws {
    let method = try #require(PreprocessorCatalog.methods.first { $0.method.name == name })
    let text = help("evaluate", name)
    #expect(text.contains(method.method.summary))
    for description in method.descriptions { #expect(text.contains("\n  \(description.name) ")) }
  }

  @Test(arguments: DetectorCatalog.names) func everyDetectorHasItsOwn(name: String) throws {
    let method = try #require(DetectorCatalog.methods.first { $0.method.name == name })
    #expect(help("evaluate", name).contains(method.method.summary))
  }

  @Test func everyMethodOfCertificationHasItsOwn() {
    let methods: [any Configurable.Type] =
      BoundCatalog.methods + [ExactVerification.self, Smoothing.self, CleverScore.self]
    for method in methods {
      let text = help("certify", method.method.name)
      #expect(text.contains(method.method.title) && text.contains(method.method.summary))
      for description in method.descriptions {
        // An option of the data has the name of one.
        let dashes = description.name == "split" ? "" : "--"
        #expect(text.contains("\n  \(dashes)\(description.name)"), "\(description.name)")
        #expect(text.contains("default: \(description.standard ?? "")"))
      }
    }
  }

  @Test(arguments: Architectures.names) func everyArchitectureHasItsOwn(name: String) throws {
    let architecture = try #require(Architectures.all.first { $0.method.name == name })
    for command in ["inspect", "gradcheck"] {
      let text = help(command, name)
      #expect(text.contains(architecture.method.title) && text.contains(architecture.method.summary))
      for description in architecture.descriptions {
        #expect(text.contains("\n  \(description.name) ") && text.contains("default: \(description.standard ?? "")"))
      }
    }
  }

  private static let presets = PresetCatalog(Preset.all + Preset.certified)

  @Test(arguments: presets.titles) func everyDefenceHasItsOwn(title: String) throws {
    let summary = try #require(Self.presets.summaries.first { $0.method.name == title })
    let text = help("train", title)
    #expect(text.contains(summary.method.summary))
    for description in summary.hyperparameters {
      #expect(text.contains("--\(description.name)"))
      #expect(text.contains("default: \(description.standard ?? "")"))
    }
  }

  @Test func everyPartOfATrainingHasItsOwn() {
    let types: [any Configurable.Type] =
      OptimizerCatalog.methods + ScheduleCatalog.methods + AugmentationCatalog.methods
    for type in types {
      let text = help("train", type.method.name)
      #expect(text.contains(type.method.summary))
      for description in type.descriptions { #expect(text.contains(description.name)) }
    }
  }

  @Test(arguments: [
    ("--list-defences", presets.titles), ("--list-optimizers", OptimizerCatalog.names),
    ("--list-schedules", ScheduleCatalog.names), ("--list-augmentations", AugmentationCatalog.names),
  ])
  func listsOfTraining(option: String, names: [String]) throws {
    let list = try Child.start(["train", option], in: ScratchDirectory()).wait()
    #expect(list.code == 0)
    for name in names { #expect(list.output.contains("\n\(name) ")) }
    let json = try Child.start(["train", option, "--json"], in: ScratchDirectory()).wait()
    #expect(try JSONValue.parse(json.output)["methods"]?.elements.count == names.count)
  }

  @Test(arguments: [["attack", "--list"], ["evaluate", "--list-preprocessors"], ["evaluate", "--list-detectors"]])
  func listsNameEveryMethod(words: [String]) throws {
    let names = ["--list": AttackCatalog.names, "--list-preprocessors": PreprocessorCatalog.names][words[1]]
    let list = try Child.start(words, in: ScratchDirectory()).wait()
    #expect(list.code == 0)
    for name in names ?? DetectorCatalog.names { #expect(list.output.contains("\n\(name) ")) }
    let json = try Child.start(words + ["--json"], in: ScratchDirectory()).wait()
    #expect(try JSONValue.parse(json.output)["methods"]?.elements.count == (names ?? DetectorCatalog.names).count)
  }

  /// Every hyper-parameter of an attack is an option; the help of the command shows those of most attacks.
  @Test func everyHyperparameterIsAnOption() {
    let text = Program.execute(root: AdvLab.self, arguments: ["attack", "--help-hidden"], columns: 400).output
    #expect(!help("attack").contains("--step-size") && help("attack").contains("--loss"))
    for attack in AttackCatalog.attacks {
      for description in attack.descriptions { #expect(text.contains("--\(description.name)")) }
    }
  }

  /// The long option and the word say the same.
  @Test func anOptionAndAWordAreAlike() throws {
    var attack = try AttackCatalog.attack("pgd:steps=7,step-size=2/255,early-stop=no,loss=margin")
    #expect("\(attack.text)" == "pgd:steps=7,step-size=0.007843138,early-stop=false,loss=margin")
    attack = try AttackCatalog.attack("\(attack.text)")
    #expect((attack as? ProjectedGradient)?.stepSize == Float(2) / 255)
  }
}
