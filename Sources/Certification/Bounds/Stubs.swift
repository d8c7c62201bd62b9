func softmaxRanges(of x: [Interval]) -> [Interval] { x.map { _ in Interval(0, 1) } }
func logSoftmaxRanges(of x: [Interval]) -> [Interval] { x.map { _ in Interval(-.infinity, 0) } }
func productRange(_ a: Interval, _ b: Interval) -> Interval { Interval(-.infinity, .infinity) }
func normalizationRanges(of x: [Interval], epsilon: Double) -> [Interval] { x.map { _ in Interval(-.infinity, .infinity) } }
func productPlanes(_ x: Interval, _ y: Interval) -> (
  lower: (x: Double, y: Double, constant: Double), upper: (x: Double, y: Double, constant: Double)
) { ((0, 0, -.infinity), (0, 0, .infinity)) }
