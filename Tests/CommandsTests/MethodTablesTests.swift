import Attacks
import Certification
import Commands
import Defences
import Foundation
import Hyperparameters
import Networks
import Testing
import Training

/// The tables of methods in the README say what the declarations say.
@Suite struct MethodTablesTests {
  private let lines: Set<String>

  init() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../README.md")
    lines = Set(try String(contentsOf: path.standardizedFileURL, encoding: .utf8).components(separatedBy: "\n"))
  }

  /// `steps=40`, or `step-size` and how it follows from other values.
  private func text(_ description: HyperparameterDescription) -> String {
    let standard = description.standard ?? "must be given"
    let isValue = standard.allSatisfy { !$0.isWhitespace }
    return isValue ? "`\(description.name)=\(standard)`" : "`\(description.name)` (\(standard))"
  }

  private func row(_ method: any Configurable.Type, _ more: [String] = []) -> String {
    row(method.method, method.descriptions, more)
  }

  private func row(
    _ profile: Method, _ descriptions: [HyperparameterDescription], _ more: [String] = []
  ) -> String {
    let hyperparameters = descriptions.map(text).joined(separator: ", ")
    let cells = ["`\(profile.name)`"] + more + [profile.summary, hyperparameters, profile.citation ?? ""]
    return "| \(cells.joined(separator: " | ")) |".replacing("|  |", with: "| |")
  }

  private func check(_ row: String) {
    let isThere = lines.contains(row)
    #expect(isThere, "README.md lacks\n\(row)")
  }

  @Test func attacks() {
    for attack in AttackCatalog.attacks { check(row(attack, [attack.norms.map(\.symbol).joined(separator: ", ")])) }
  }

  @Test func universalAttacks() {
    for attack in UniversalCatalog.attacks { check(row(attack)) }
  }

  @Test func preprocessors() {
    for method in PreprocessorCatalog.methods { check(row(method)) }
  }

  @Test func detectors() {
    for method in DetectorCatalog.methods { check(row(method)) }
  }

  @Test func certification() {
    let methods: [any Configurable.Type] =
      BoundCatalog.methods + [ExactVerification.self, Smoothing.self, CleverScore.self]
    for method in methods { check(row(method)) }
  }

  @Test func architectures() {
    for architecture in Architectures.all { check(row(architecture)) }
  }

  @Test func defences() {
    for summary in PresetCatalog(Preset.all + Preset.certified).summaries {
      check(row(summary.method, summary.hyperparameters))
    }
  }

  @Test func schedules() {
    for method in ScheduleCatalog.methods { check(row(method)) }
  }

  @Test func optimizers() {
    for method in OptimizerCatalog.methods { check(row(method)) }
  }

  @Test func augmentations() {
    for method in AugmentationCatalog.methods { check(row(method)) }
  }
}
