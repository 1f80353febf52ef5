//! The number types of the vendor's engine, and the refusals of values that do not convert to a type
//! (`docs/reference/campaign-standard.md` §10).

use serde_json::{Number, Value};

use super::policy::shorten;
use super::{Error, Result};

/// A number type of the vendor's engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberType {
    /// What a boolean is stored as.
    Byte,
    /// What a whole number is stored as: the vendor's `long`.
    Long,
    /// What any other number is stored as.
    Double,
}

impl NumberType {
    /// The type of a number that has no fractions, or may have some.
    pub(super) const fn of(whole: bool) -> Self {
        if whole { Self::Long } else { Self::Double }
    }

    /// As the vendor's texts name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Byte => "integer (8 bit)",
            Self::Long => "integer (32 bit)",
            Self::Double => "double",
        }
    }

    /// The least and the most that it holds; `None` where fractions are allowed.
    const fn limits(self) -> Option<(i64, i64)> {
        match self {
            Self::Byte => Some((i8::MIN as i64, i8::MAX as i64)),
            Self::Long => Some((i32::MIN as i64, i32::MAX as i64)),
            Self::Double => None,
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Byte | Self::Long => "a whole number",
            Self::Double => "a number",
        }
    }

    /// The number that a JSON value is.
    ///
    /// # Errors
    /// [`Error::OutOfLimits`], [`Error::NotConvertible`]; `name` is that of the field or parameter.
    pub(super) fn number(self, name: &str, value: &Value) -> Result<Number> {
        match value {
            Value::Number(number) if self.holds(name, number)? => Ok(number.clone()),
            other => Err(not_convertible(name, other, self.name(), self.expected())),
        }
    }

    /// The number that a text reads as.
    ///
    /// # Errors
    /// As with [`Self::number`].
    pub(super) fn read(self, name: &str, text: &str) -> Result<Number> {
        let whole = text.parse::<i64>().map(Number::from).ok();
        match whole.or_else(|| Number::from_f64(text.parse().ok()?)) {
            Some(number) if self.holds(name, &number)? => Ok(number),
            _ => Err(not_convertible(name, &text.into(), self.name(), self.expected())),
        }
    }

    /// Whether a number is one of this type; one outside its limits is refused.
    fn holds(self, name: &str, number: &Number) -> Result<bool> {
        self.check_limits(name, number)?;
        Ok(self == Self::Double || number.is_i64())
    }

    /// Refuses a whole number that it does not hold.
    fn check_limits(self, name: &str, number: &Number) -> Result<()> {
        let Some((least, most)) = self.limits() else { return Ok(()) };
        let value = match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if !(least..=most).contains(&whole) => whole.to_string(),
            // Beyond 64 bits it was read as a double, and none that large has a fraction.
            (None, Some(number)) if number.abs() >= 9e15 => format!("{number:.0}"),
            _ => return Ok(()),
        };
        Err(Error::OutOfLimits {
            field: name.to_owned(),
            value: shorten(&value),
            kind: self.name(),
            least,
            most,
        })
    }
}

/// The refusal of a value that is no boolean; a number outside 8 bits has its own.
pub(super) fn not_boolean(name: &str, value: &Value, expected: &'static str) -> Error {
    let outside = match value {
        Value::Number(number) => NumberType::Byte.check_limits(name, number).err(),
        _ => None,
    };
    outside.unwrap_or_else(|| not_convertible(name, value, NumberType::Byte.name(), expected))
}

/// The refusal of a value of another type than its field or parameter; `to` is the vendor's name of
/// the type.
pub(super) fn not_convertible(
    name: &str,
    value: &Value,
    to: &'static str,
    expected: &'static str,
) -> Error {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Error::NotConvertible {
        field: name.to_owned(),
        value: shorten(&text),
        from: type_name(value),
        to,
        expected,
    }
}

/// The vendor's name for the type of a JSON value; only `text` is on record.
pub(super) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "element",
    }
}
