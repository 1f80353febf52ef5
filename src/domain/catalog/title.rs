//! What people see of a record (`docs/reference/campaign-standard.md` §3.2).

/// What a title is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    /// `First Last (email)`.
    Person,
    /// `label (name)`.
    LabelAndName,
    /// These, one after the other; of a customer's resource.
    Parts(Vec<TitlePart>),
}

/// A part of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TitlePart {
    /// The value of a field.
    Field(String),
    /// A text.
    Text(String),
}

impl TitlePart {
    /// The parts of a label expression such as `@brand + ' (' + @number + ')'`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(expression: &str) -> Result<Vec<Self>, String> {
        let fault = || {
            format!(
                "\"{expression}\" is not a label expression: write fields and texts such as \
                 @brand + ' (' + @number + ')'"
            )
        };
        let mut parts = Vec::new();
        let mut rest = expression.trim();
        loop {
            let (part, behind) = if let Some(text) = rest.strip_prefix('\'') {
                let (text, behind) = text.split_once('\'').ok_or_else(fault)?;
                (Self::Text(text.to_owned()), behind)
            } else {
                let field = rest.strip_prefix('@').ok_or_else(fault)?;
                let end = field.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let (name, behind) = field.split_at(end.unwrap_or(field.len()));
                (Self::Field(name.to_owned()), behind)
            };
            parts.push(part);
            match behind.trim_start() {
                "" => return Ok(parts),
                more => rest = more.strip_prefix('+').ok_or_else(fault)?.trim_start(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_expression_is_fields_and_texts() {
        let field = |name: &str| TitlePart::Field(name.to_owned());
        let text = |text: &str| TitlePart::Text(text.to_owned());
        for (expression, parts) in [
            ("@sku", vec![field("sku")]),
            (" @a_B1+ ' (' +@c + ')' ", vec![field("a_B1"), text(" ("), field("c"), text(")")]),
            ("'' + @a", vec![text(""), field("a")]),
        ] {
            assert_eq!(TitlePart::parse(expression), Ok(parts), "{expression}");
        }
        for bad in ["", "sku", "@a @b", "@a +", "+ @a", "'open", "@a || @b", "Iif(@a, 1, 2)"] {
            assert!(TitlePart::parse(bad).is_err(), "{bad}");
        }
    }
}
