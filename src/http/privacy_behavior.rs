//! How Privacy Service answers where its generations differ (`docs/reference/privacy-service.md` §9): one
//! switch for all of it, and one for each difference that clients care about by itself.

use std::str::FromStr;

use clap::ValueEnum;

use crate::domain::Vocabulary;

/// Which generation of Privacy Service is imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrivacyGeneration {
    /// As documented in February 2020
    Seed,
    /// As specified since 2021
    Openapi,
    /// As documented today
    Today,
}

/// What the first page of a list is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrivacyPaging {
    /// The first page is 0
    #[value(alias = "zero_based")]
    ZeroBased,
    /// The first page is 1
    #[value(alias = "one_based")]
    OneBased,
}

/// What a list answers that finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrivacyEmptyList {
    /// 404 with an error
    #[value(name = "404")]
    NotFound,
    /// 200 with an empty list
    #[value(name = "200")]
    Ok,
}

/// The member of a job that says where its result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrivacyDownload {
    /// As the documentation spells it
    #[value(name = "downloadURL")]
    Documented,
    /// As the specification spells it
    #[value(name = "downloadUrl")]
    Specified,
}

/// How many jobs a page has: by default, and at most. Written `1/100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSizes {
    /// If the caller does not say.
    pub default: i64,
    /// More are refused.
    pub most: i64,
}

impl FromStr for PageSizes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(default, most)| {
            Some(Self { default: default.parse().ok()?, most: most.parse().ok()? })
        });
        parts
            .filter(|sizes| (1..=sizes.most).contains(&sizes.default) && sizes.most <= 10_000)
            .ok_or_else(|| {
                "write the default and the maximum, at most 10000, such as 25/100".to_owned()
            })
    }
}

/// All of it, decided.
#[derive(Debug, Clone, Copy)]
pub struct PrivacyBehavior {
    /// The shape of answers, which regulations and products there are, and who may download results.
    pub generation: PrivacyGeneration,
    /// What the first page is called.
    pub paging: PrivacyPaging,
    /// How many jobs a page has.
    pub sizes: PageSizes,
    /// What an empty list answers.
    pub empty_list: PrivacyEmptyList,
    /// The member that says where a result is.
    pub download: PrivacyDownload,
    /// How many days back a list goes that names none; everything, if 0.
    pub window_days: i64,
}

impl PrivacyBehavior {
    /// Those of a generation.
    #[must_use]
    pub const fn of(generation: PrivacyGeneration) -> Self {
        let empty_list = PrivacyEmptyList::NotFound;
        match generation {
            PrivacyGeneration::Seed => Self {
                generation,
                paging: PrivacyPaging::ZeroBased,
                sizes: PageSizes { default: 1, most: 100 },
                empty_list,
                download: PrivacyDownload::Documented,
                window_days: 0,
            },
            PrivacyGeneration::Openapi => Self {
                generation,
                paging: PrivacyPaging::OneBased,
                sizes: PageSizes { default: 25, most: 100 },
                empty_list,
                download: PrivacyDownload::Specified,
                window_days: 7,
            },
            PrivacyGeneration::Today => Self {
                generation,
                paging: PrivacyPaging::ZeroBased,
                sizes: PageSizes { default: 100, most: 1000 },
                empty_list,
                download: PrivacyDownload::Documented,
                window_days: 7,
            },
        }
    }

    /// Whether a finished delete job has a receipt that can be downloaded.
    #[must_use]
    pub const fn has_receipts(&self) -> bool {
        matches!(self.generation, PrivacyGeneration::Seed)
    }

    /// Whether the address of a result needs no header.
    pub(in crate::http) const fn signs_downloads(&self) -> bool {
        matches!(self.generation, PrivacyGeneration::Seed)
    }

    /// The number of the first page.
    pub(in crate::http) const fn first_page(&self) -> i64 {
        match self.paging {
            PrivacyPaging::ZeroBased => 0,
            PrivacyPaging::OneBased => 1,
        }
    }

    /// The words that requests and lists may use.
    pub(in crate::http) const fn vocabulary(&self) -> &'static Vocabulary {
        match self.generation {
            PrivacyGeneration::Seed => &Vocabulary::SEED,
            PrivacyGeneration::Openapi => &Vocabulary::OPENAPI,
            PrivacyGeneration::Today => &Vocabulary::TODAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_are_a_pair() {
        assert_eq!("100/1000".parse(), Ok(PageSizes { default: 100, most: 1000 }));
        for bad in ["", "25", "0/100", "200/100", "a/b", "1/100000", "-1/5"] {
            assert!(bad.parse::<PageSizes>().is_err(), "{bad}");
        }
    }
}
