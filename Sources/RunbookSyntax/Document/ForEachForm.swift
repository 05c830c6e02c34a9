import RunbookCore
import YAMLDocument

extension Form where Value == ValueTemplate {
    /// The values of a repeated step: a list, or one expression that is a list.
    static var items: Form {
        let words = "a list, or one `${{ }}` that is a list"
        return Form(.either([.plain(.text, words), .list(.plain(.text, "a text, with `${{ }}`"))])) {
            node, reader in
            if case .sequence = node.content {
                return Form<[Template]>.list(of: .template).read(node, &reader).map { items in
                    .list(items.map { ValueTemplate.template($0) })
                }
            }
            guard let (text, scalar) = reader.scalarText(node, wanted: words),
                let template = reader.template(text, scalar: scalar, node: node)
            else { return nil }
            guard template.segments.count == 1, let expression = template.expressions.first,
                expression.type.isComparable(with: .list(of: .any))
            else {
                reader.report(
                    .typeMismatch, at: node.start, "'\(reader.key)' wants \(words)",
                    hint: "is the parameter of type list? a list may also be written out: [a, b]")
                return nil
            }
            return .template(template)
        }
    }
}
