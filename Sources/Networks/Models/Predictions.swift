/// The class with the largest of each example's logits `[N, K]`, of equal ones the first; none where a logit is NaN
/// or infinite.
public func predictions(of logits: Tensor<Float>) -> [Int?] {
  let classes = logits.exampleSize
  return logits.withUnsafeScalars { logits in
    (0..<logits.count / max(classes, 1)).map { row in
      var best = row * classes
      for index in row * classes..<(row + 1) * classes {
        guard logits[index].isFinite else { return nil }
        if logits[index] > logits[best] { best = index }
      }
      return best - row * classes
    }
  }
}
