internal import Arguments
internal import Attacks
internal import Certification
internal import Exchange
internal import Networks
internal import Reports

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension CertifyRun {
  /// Checks that no attack breaks what is certified.
  ///
  /// A certificate speaks of real numbers, and a candidate of the attack may lie outside the ball by rounding: it is moved
  /// inside before the model judges it once more.
  ///
  /// - Throws: `ContradictedCertificate`, after the example was saved.
  func checkContradictions(
    _ certificates: [ExampleCertificate], _ found: EvaluatedCandidates, _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws {
    for (row, certificate) in certificates.enumerated()
    where certificate.verdict == .certified && found.evaluation.examples[row].isBroken {
      let image = inputs.data.images.examples(row..<row + 1)
      let region = try InputRegion(around: image.reshaped(to: inputs.data.imageShape), threat: threat)
      guard let inside = region.nearest(to: found.images.examples(row..<row + 1)) else { continue }
      let single = inputs.gathering([row])
      let candidate = CandidateSearch(passesPerExample: 0) { _, _, _ in inside }
      let judged = try evaluator.evaluateCandidates(
        of: candidate, on: single.set, threat: threat, model: inputs.model.classifier)
      guard let outcome = judged.evaluation.examples.first, outcome.isBroken else { continue }
      throw try contradiction(certificate, outcome, judged, single, threat, evaluator)
    }
  }

  private func contradiction(
    _ certificate: ExampleCertificate, _ outcome: ExampleOutcome, _ judged: EvaluatedCandidates, _ single: AttackInputs,
    _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws -> ContradictedCertificate {
    let path = Self.freeName(id: certificate.id)
    let attacks = attack.map { [$0.resolved(for: threat)] } ?? []
    if let file = OutputFile(argument: path) {
      let record = try StandardOutput.json(attacks.map { AttackSummary($0) })
      try single.write(judged, by: attacks, record: record, seed: evaluator.random.seed, to: file)
    }
    let bound = certificate.marginBound.map { NumberFormat.significant($0) } ?? NumberFormat.missing
    let found = outcome.adversarialPrediction.map { "class \($0)" } ?? "no class"
    return ContradictedCertificate(
      description: "example \(certificate.id) is certified for class \(certificate.label) in "
        + "\(threat.text(epsilon: NumberFormat.significant(Double(threat.radius)))) (no margin below \(bound)), and yet "
        + "the model gives \(found) to an input of that ball. This is a defect of the lab, or rounding errors of the "
        + "float32 engine that are larger than the margin: the exact network has the label there. Both images are in "
        + path)
  }

  /// A name that no file has yet.
  private static func freeName(id: Int) -> String {
    let names = (1...).lazy.map { "contradiction-\(id)\($0 == 1 ? "" : "-\($0)").h5" }
    return names.first { !FileManager.default.fileExists(atPath: $0) } ?? "contradiction.h5"
  }
}

extension InputRegion {
  /// The input of single precision nearest to another in the box; nil where that lies outside the ball.
  fileprivate func nearest(to input: Tensor<Float>) -> Tensor<Float>? {
    var result = input
    result.withUnsafeMutableScalars { scalars in
      for place in scalars.indices {
        var value = scalars[place]
        if Double(value) < lower[place] { value = Float(lower[place]) }
        if Double(value) < lower[place] { value = value.nextUp }
        if Double(value) > upper[place] { value = Float(upper[place]) }
        if Double(value) > upper[place] { value = value.nextDown }
        scalars[place] = value
      }
    }
    guard let ball else { return result }
    let center = Tensor(shape: input.shape, scalars: ball.center.map { Float($0) })
    let distance = center.withUnsafeScalars { center in
      result.withUnsafeScalars { ball.norm.distance(from: center, to: $0) }
    }
    return distance <= ball.radius ? result : nil
  }
}
