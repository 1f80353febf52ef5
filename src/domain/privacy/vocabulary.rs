//! The words that a generation of Privacy Service takes (`docs/reference/privacy-service.md` §8).

use super::{Product, Regulation};

/// What requests and lists of a generation may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// The regulations, in the order in which refusals list them.
    pub regulations: &'static [Regulation],
    /// Lists of products, which are taken in any letter case.
    products: &'static [&'static [Product]],
}

impl Vocabulary {
    /// The guide of February 2020.
    pub const SEED: Self = Self { regulations: &Regulation::SEED, products: &[&Product::SEED] };
    /// The specification since 2021.
    pub const OPENAPI: Self =
        Self { regulations: &Regulation::OPENAPI, products: &[&Product::SEED, &Product::LATER] };
    /// Today's guide.
    pub const TODAY: Self =
        Self { regulations: &Regulation::TODAY, products: &[&Product::SEED, &Product::LATER] };

    /// Reads a regulation, if it is one of these.
    #[must_use]
    pub fn regulation(&self, word: &str) -> Option<Regulation> {
        Regulation::parse(word).filter(|one| self.regulations.contains(one))
    }

    /// Reads a value of `include`, if it is one of these.
    #[must_use]
    pub fn product(&self, value: &str) -> Option<Product> {
        Product::of(value).filter(|one| self.products.iter().any(|list| list.contains(one)))
    }
}
