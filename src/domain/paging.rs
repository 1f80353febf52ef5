//! Pages of a list by keyset: a page says where it starts, so its cost does not grow with depth.

use super::ProfileNumber;

/// Which page of a profile list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// The page begins after this number.
    pub after: ProfileNumber,
    /// Most records on it.
    pub lines: usize,
    /// Give `next` even when the table is big.
    pub force_pagination: bool,
}

impl PageRequest {
    /// Lines on a page when the caller does not say (`reference/campaign-standard.md` §4).
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
    pub next: Option<ProfileNumber>,
    /// All records of the list, when they fit this page.
    pub total: Option<i64>,
    /// `false` when the table is too big to be paged without being forced.
    pub server_side_pagination: bool,
}
