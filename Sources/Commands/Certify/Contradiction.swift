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

extension CertifiedRange {
  /// Checks that no attack breaks what is certified.
  ///
  /// - Returns: How many certified examples the attack breaks from outside the ball, by rounding, and not from inside.
  /// - Throws: `ContradictedCertificate`, after the example was saved.
  func checkContradictions(
    _ certificates: [ExampleCertificate], _ found: EvaluatedCandidates, _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws -> Int {
    var rounded = 0
    for (row, certificate) in certificates.enumerated()
    where certificate.verdict == .certified && found.evaluation.examples[row].isBroken {
      let contradiction = try contradiction(
        certificate, row, found.images.examples(row..<row + 1), by: attack.map { $0.resolved(for: threat) }, threat,
        evaluator)
      if let contradiction { throw contradiction }
      rounded += 1
    }
    return rounded
  }

  /// The same of all attacks of a suite, within this radius and smaller ones. The attack is made once more on the one
  /// example that it broke: what it finds depends on no other.
  func checkContradictions(
    _ certificates: [ExampleCertificate], _ results: [SuiteResult], _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws {
    let places = Dictionary(zip(inputs.data.ids, inputs.data.ids.indices)) { first, _ in first }
    for certificate in certificates where certificate.verdict == .certified {
      guard let row = places[certificate.id] else { continue }
      for result in results {
        for found in result.attacks where found.breaks(row) {
          let again = try evaluator.evaluateCandidates(
            of: found.attack, on: inputs.gathering([row]).set, threat: result.threat, model: inputs.model.classifier)
          let contradiction = try contradiction(certificate, row, again.images, by: found.attack, threat, evaluator)
          if let contradiction { throw contradiction }
        }
      }
    }
  }

  /// A certificate speaks of real numbers, and a candidate of the attack may lie outside the ball by rounding: it is moved
  /// inside before the model judges it once more. Nil where it then breaks nothing.
  private func contradiction(
    _ certificate: ExampleCertificate, _ row: Int, _ candidate: Tensor<Float>, by attack: (any Attack)?,
    _ threat: ThreatModel, _ evaluator: Evaluator
  ) throws -> ContradictedCertificate? {
    let image = inputs.data.images.examples(row..<row + 1)
    let region = try InputRegion(around: image.reshaped(to: inputs.data.imageShape), threat: threat)
    guard let inside = region.nearest(to: candidate) else { return nil }
    let single = inputs.gathering([row])
    let judged = try evaluator.evaluateCandidates(
      of: CandidateSearch(passesPerExample: 0) { _, _, _ in inside }, on: single.set, threat: threat,
      model: inputs.model.classifier)
    guard let outcome = judged.evaluation.examples.first, outcome.isBroken else { return nil }
    let path = Self.freeName(id: certificate.id)
    if let file = OutputFile(argument: path) {
      let attacks = [attack].compactMap { $0 }
      let record = try StandardOutput.json(attacks.map { AttackSummary($0) })
      try single.write(judged, by: attacks, record: record, seed: evaluator.random.seed, to: file)
    }
    return ContradictedCertificate(certificate, outcome, threat, path)
  }

  /// A name that no file has yet.
  private static func freeName(id: Int) -> String {
    let names = (1...).lazy.map { "contradiction-\(id)\($0 == 1 ? "" : "-\($0)").h5" }
    return names.first { !FileManager.default.fileExists(atPath: $0) } ?? "contradiction.h5"
  }
}

extension AttackResult {
  /// Whether the attack broke the example in a row of the set.
  fileprivate func breaks(_ row: Int) -> Bool {
    guard let place = rows.firstIndex(of: row), let evaluation = judgement.bare,
      evaluation.examples.indices.contains(place)
    else { return false }
    return evaluation.examples[place].isBroken
  }
}

extension ContradictedCertificate {
  fileprivate init(
    _ certificate: ExampleCertificate, _ outcome: ExampleOutcome, _ threat: ThreatModel, _ path: String
  ) {
    let bound = certificate.marginBound.map { NumberFormat.significant($0) } ?? NumberFormat.missing
    let found = outcome.adversarialPrediction.map { "class \($0)" } ?? "no class"
    description =
      "example \(certificate.id) is certified for class \(certificate.label) within \(threat.text) (no margin below "
      + "\(bound)), and yet the model gives \(found) to an input of that ball. This is a defect of the lab, or rounding "
      + "errors of the float32 engine are larger than the margin of the exact network. Both images are in \(path)"
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
