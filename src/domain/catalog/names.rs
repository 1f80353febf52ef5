//! What a resource is called where.

/// What a resource is called where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// As in the URL: `profile`.
    pub name: String,
    /// As in "document with path": `Profile`.
    pub path: String,
    /// The database schema behind it: `nms:recipient`.
    pub schema: String,
    /// The schema's label: `Profiles`.
    pub label: String,
    /// One line of help: `Identified profiles`.
    pub help: String,
}

impl Names {
    pub(super) fn new(name: &str, path: &str, schema: &str, label: &str, help: &str) -> Self {
        let [name, path, schema, label, help] =
            [name, path, schema, label, help].map(str::to_owned);
        Self { name, path, schema, label, help }
    }
}
