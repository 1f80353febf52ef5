//! What a list is asked for, and a page of it by keyset: a page says which record it begins after,
//! so its cost does not grow with depth.

use serde::Deserialize;
use serde_json::Value;

use super::RecordNumber;

/// How a field is compared with a value (`docs/reference/campaign-standard.md` §18.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Operator {
    /// It is the value.
    #[default]
    #[serde(rename = "=")]
    Equal,
    /// It is another.
    #[serde(rename = "!=")]
    NotEqual,
    /// It is less.
    #[serde(rename = "<")]
    Less,
    /// It is the value or less.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// It is more.
    #[serde(rename = ">")]
    Greater,
    /// It is the value or more.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// The value is somewhere in it, in its own letter case.
    #[serde(rename = "contains")]
    Contains,
    /// It begins with the value, in its own letter case.
    #[serde(rename = "beginsWith")]
    BeginsWith,
    /// It is one of several values.
    #[serde(rename = "in")]
    In,
}

impl Operator {
    /// As it is written between two values.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
            Self::BeginsWith => "beginsWith",
            Self::In => "in",
        }
    }
}

/// What a record has to be like. Names are the catalog's; values are data.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A field has this value.
    Equals {
        /// API name, or that of an element and its member with a slash between them.
        field: String,
        /// In canonical form; an unset field has its default.
        value: Value,
    },
    /// A field compares with this value, other than by [`Operator::Equal`],
    /// [`Operator::BeginsWith`] and [`Operator::In`], which have conditions of their own.
    Compares {
        /// API name, or that of an element and its member with a slash between them.
        field: String,
        /// How.
        operator: Operator,
        /// In canonical form.
        value: Value,
    },
    /// A field has one of these values.
    OneOf {
        /// As above.
        field: String,
        /// In canonical form.
        values: Vec<Value>,
    },
    /// One of the fields starts with the text, in its own letter case.
    StartsWith {
        /// API names.
        fields: Vec<String>,
        /// Starts with this.
        text: String,
    },
    /// A date or text is this or later; an empty one is not.
    AtLeast {
        /// API name.
        field: String,
        /// The least.
        text: String,
    },
    /// A date or text is this or earlier; an empty one is.
    AtMost {
        /// API name.
        field: String,
        /// The most.
        text: String,
    },
    /// A date lies on certain days of the year, `MM-DD` each; over New Year if the first is later.
    MonthDays {
        /// API name.
        field: String,
        /// The first day.
        from: String,
        /// The last day.
        to: String,
    },
    /// A link of the record leads to that one.
    LinkedTo {
        /// The link.
        link: String,
        /// Where it leads.
        to: RecordNumber,
    },
    /// A link of the record leads to one that is like that.
    Linked {
        /// The link.
        link: String,
        /// The resource that it leads to.
        resource: String,
        /// What the other record has to be like.
        having: Vec<Condition>,
    },
    /// A record of another resource links here and is like that.
    Related {
        /// The other resource.
        resource: String,
        /// Its link.
        link: String,
        /// What it has to be like.
        having: Vec<Condition>,
    },
    /// It is that record.
    Is(RecordNumber),
}

/// By which field a list is ordered; records that are equal in it, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// API name.
    pub field: String,
    /// From the last to the first.
    pub descending: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// After this record.
    pub after: RecordNumber,
    /// How many lines of the list that page and those before it have: where to go on should that
    /// record be gone or have moved.
    pub line: i64,
    /// What that record had in the field that orders the list, in brief: tells whether it has moved.
    pub mark: u16,
}

impl Cursor {
    /// The first page.
    pub const START: Self = Self { after: RecordNumber::ZERO, line: 0, mark: 0 };
}

/// A list and the page of it that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// All of them hold for each record of the list.
    pub conditions: Vec<Condition>,
    /// Without it a list is in order of creation; one that [`Condition::StartsWith`] alone selects,
    /// in order of the text found.
    pub order: Option<Order>,
    /// Where the page begins.
    pub start: Cursor,
    /// Most records on it.
    pub lines: usize,
    /// Give `next` even when the table is big.
    pub force_pagination: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            conditions: Vec::new(),
            order: None,
            start: Cursor::START,
            lines: Self::DEFAULT_LINES,
            force_pagination: false,
        }
    }
}

impl Query {
    /// Lines on a page when the caller does not say (`docs/reference/campaign-standard.md` §4).
    pub const DEFAULT_LINES: usize = 25;
    /// Most lines on a page. The vendor names no limit; ours keeps one answer below 25 MB.
    pub const MAX_LINES: usize = 10_000;
    /// Tables with more records than this page only when forced to (option `XtkBigTableThreshold`).
    pub const BIG_TABLE: i64 = 100_000;
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The records, in list order.
    pub content: Vec<T>,
    /// Where the next page starts, when there is one and the server offers it.
    pub next: Option<Cursor>,
    /// All records of the list, when they fit this page.
    pub total: Option<i64>,
    /// `false` when the table is too big to be paged without being forced.
    pub server_side_pagination: bool,
}
