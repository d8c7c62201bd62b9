internal import Attacks
internal import Networks
internal import Reports

/// The results of an evaluation over the radius.
struct EvaluationCurves {
  private let results: [SuiteSummary]
  private let certificates: [RadiusResult]
  /// How certificates are called; nil without any.
  private let certifiedTitle: String?

  init(_ results: [SuiteSummary], _ certificates: [RadiusResult], certifiedTitle: String?) {
    (self.results, self.certificates, self.certifiedTitle) = (results, certificates, certifiedTitle)
  }

  /// Robust accuracy of every attack and of all together, from the clean accuracy on, with 95 % intervals.
  var security: Figure {
    let attacks = (results.first?.attacks ?? []).enumerated().map { number, attack in
      Figure.Series(
        attack.attack.title,
        points { $0.attacks.indices.contains(number) ? $0.attacks[number].accuracies : nil })
    }
    // Of one attack the union would be the same line.
    let union = attacks.count == 1 ? [] : [Figure.Series(EvaluationDocument.worst, points { $0.union })]
    let certified = certifiedTitle.map { Figure.Series($0, certifiedPoints) }
    return Figure(
      "Security curve", xLabel: "eps", yLabel: "robust accuracy", attacks + union + [certified].compactMap { $0 })
  }

  /// What certificates and attacks together say, and success against queries.
  var details: [Document.Block] {
    ([bracket].compactMap { $0 } + results.compactMap(queries)).map { .figure($0) }
  }

  /// The true robust accuracy lies between the two lines.
  private var bracket: Figure? {
    guard let certifiedTitle, !certificates.isEmpty else { return nil }
    let attacked = points({ $0.union }).map { point in
      let lower = certifiedPoints.first { $0.x == point.x }?.y
      return Figure.Point(x: point.x, y: point.y, interval: lower.map { min($0, point.y)...point.y })
    }
    return Figure(
      "Between certificate and attack", xLabel: "eps", yLabel: "robust accuracy",
      [
        Figure.Series("attacked, at most", attacked),
        Figure.Series("\(certifiedTitle), at least", certifiedPoints.map { Figure.Point(x: $0.x, y: $0.y) }),
      ])
  }

  private func queries(_ result: SuiteSummary) -> Figure? {
    let series = result.attacks.compactMap { found in
      found.bare.flatMap { QueryRecord.series(found.attack.title, $0) }
    }
    let radius = NumberFormat.significant(Double(result.threat.radius))
    return series.isEmpty ? nil : QueryRecord.figure("Success against queries, eps = \(radius)", series)
  }

  private func points(_ accuracies: (SuiteSummary) -> AccuracySummary?) -> [Figure.Point] {
    curve.points(
      results.compactMap { result in
        guard let found = accuracies(result), let accuracy = found.accuracy else { return nil }
        return Figure.Point(x: Double(result.threat.radius), y: accuracy, interval: found.interval)
      })
  }

  private var certifiedPoints: [Figure.Point] {
    curve.points(certificates.compactMap { Figure.Point(radius: $0.threat.radius, $0.certified) })
  }

  private var curve: AccuracyCurve {
    AccuracyCurve(clean: results.first.flatMap { first in first.clean.accuracy.map { ($0, first.clean.interval) } })
  }
}

extension QueryRecord {
  /// The share of the attacked examples that are broken over the queries; nil for attacks of another kind.
  static func series(_ title: String, _ evaluation: EvaluationSummary) -> Figure.Series? {
    let points = (curve(evaluation) ?? []).compactMap { record in
      record.successRate.value.map { Figure.Point(x: Double(record.queries), y: $0) }
    }
    return points.isEmpty ? nil : Figure.Series(title, points)
  }

  static func figure(_ title: String, _ series: [Figure.Series]) -> Figure {
    Figure(title, xLabel: "queries", yLabel: "success rate", xScale: .logarithmic, series)
  }
}
