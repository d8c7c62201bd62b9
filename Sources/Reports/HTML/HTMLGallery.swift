#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A gallery with two lists by which its examples can be chosen. Without a script all of them show.
package enum HTMLGallery {
  static func element(_ gallery: Gallery) -> String {
    guard !gallery.items.isEmpty else { return "" }
    return """
      <section class="gallery">
      <h2>\(HTMLRenderer.escaped(gallery.title))</h2>
      <p class="choice">\(choice("class", "kind", gallery.items.map(\.kind))) \
      \(choice("outcome", "outcome", gallery.items.map(\.outcome))) \
      <span role="status" class="shown">\(gallery.items.count) examples</span></p>
      <ul>
      \(gallery.items.map(element).joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  /// What narrows a gallery down to the examples chosen in its lists.
  static let script = """
    for (const gallery of document.querySelectorAll('.gallery')) {
      const lists = [...gallery.querySelectorAll('select')], items = [...gallery.querySelectorAll('li')];
      const show = () => {
        for (const item of items)
          item.hidden = !lists.every(list => list.value === '' || item.dataset[list.name] === list.value);
        const count = items.filter(item => !item.hidden).length;
        gallery.querySelector('.shown').textContent = count + ' of ' + items.length + ' examples';
      };
      for (const list of lists) list.addEventListener('change', show);
      show();
    }
    """

  private static func choice(_ label: String, _ name: String, _ values: [String]) -> String {
    let options = Set(values).sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }.map { value in
      let text = HTMLRenderer.escaped(value)
      return "<option value=\"\(text)\">\(text)</option>"
    }
    return """
      <label>\(label) <select name="\(name)"><option value="">all</option>\(options.joined())</select></label>
      """
  }

  private static func element(_ item: Gallery.Item) -> String {
    let escaped = HTMLRenderer.escaped
    let facts = item.facts.facts.map { fact in
      "<dt>\(escaped(fact.label))</dt><dd>\(escaped(fact.value.description))</dd>"
    }
    return """
      <li data-kind="\(escaped(item.kind))" data-outcome="\(escaped(item.outcome))"><h3>\(escaped(item.title))</h3>
      <div>\(item.pictures.map(element).joined())</div>
      <dl>\(facts.joined())</dl></li>
      """
  }

  /// At least 96 pixels high, in whole multiples of the picture's own.
  private static func element(_ picture: Gallery.Picture) -> String {
    let scale = max(1, (95 + picture.height) / max(picture.height, 1))
    let title = HTMLRenderer.escaped(picture.title)
    return """
      <figure><img alt="\(title)" width="\(picture.width * scale)" height="\(picture.height * scale)" \
      src="data:image/png;base64,\(base64(picture.png))"><figcaption aria-hidden="true">\(title)</figcaption></figure>
      """
  }

  /// RFC 4648.
  package static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
