//! Which file imports which: every path of the code is followed to the file that defines what it names, through
//! `use crate::{a, b}`, `super::super`, aliases, globs and re-exports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A module path below the crate, such as `["http", "error"]`; empty for the crate itself.
type ModulePath = Vec<String>;

/// A `use`: the name it brings into its module, and where that is from.
#[derive(Debug, Clone)]
struct Use {
    /// `None` for a glob.
    name: Option<String>,
    path: Vec<String>,
    is_public: bool,
}

#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    children: BTreeSet<String>,
    items: BTreeSet<String>,
    uses: Vec<Use>,
    /// Every path in its code.
    paths: BTreeSet<Vec<String>>,
}

/// The modules of a crate.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    modules: HashMap<ModulePath, Module>,
}

/// From a file to those it imports, each with a name that it takes from there.
pub(crate) type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

/// What a path leads to.
enum Target {
    Module(ModulePath),
    Item(PathBuf),
}

impl Crate {
    /// Reads the sources of a crate: paths below its `src`, and texts.
    pub(crate) fn read<'a>(sources: impl IntoIterator<Item = (PathBuf, &'a str)>) -> Self {
        let mut tree = Self::default();
        for (file, text) in sources {
            let parsed =
                syn::parse_file(text).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
            tree.add(&module_of(&file), &file, &parsed.items);
        }
        tree
    }

    fn add(&mut self, path: &ModulePath, file: &std::path::Path, items: &[Item]) {
        if let Some((name, parent)) = path.split_last() {
            self.modules.entry(parent.to_vec()).or_default().children.insert(name.clone());
        }
        let mut inner = Vec::new();
        let module = self.modules.entry(path.clone()).or_default();
        file.clone_into(&mut module.file);
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(of) => {
                    module.children.insert(of.ident.to_string());
                    if let Some((_, items)) = &of.content {
                        inner.push(([&path[..], &[of.ident.to_string()]].concat(), items.clone()));
                    }
                }
                Item::Use(one) => {
                    let is_public = !matches!(one.vis, Visibility::Inherited);
                    flatten(&one.tree, &mut Vec::new(), is_public, &mut module.uses);
                }
                other => {
                    module.items.extend(name_of(other));
                    let mut found = Found { module };
                    found.visit_item(other);
                }
            }
        }
        for (path, items) in inner {
            self.add(&path, file, &items);
        }
    }

    /// The imports of each file. A `pub use` alone is no import: it hands a name on.
    pub(crate) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (path, module) in &self.modules {
            let used = module.uses.iter().filter(|one| !one.is_public);
            let used = used.filter_map(|one| Some((self.file_of_use(path, one)?, &one.path)));
            let named = module.paths.iter();
            let named = named.filter_map(|named| match self.resolve(path, named, 0)? {
                Target::Item(file) => Some((file, named)),
                // A longer path says what is taken from it.
                Target::Module(_) => None,
            });
            for (file, named) in used.chain(named).filter(|(file, _)| *file != module.file) {
                let known = imports.entry(module.file.clone()).or_default();
                known.entry(file).or_insert_with(|| named.join("::"));
            }
        }
        imports
    }

    /// The file that a `use` is of. To name the folder that a module is in takes nothing from it yet.
    fn file_of_use(&self, from: &[String], one: &Use) -> Option<PathBuf> {
        match self.resolve(from, &one.path, 0)? {
            Target::Item(file) => Some(file),
            Target::Module(of) if from.starts_with(&of) => None,
            Target::Module(of) => self.modules.get(&of).map(|module| module.file.clone()),
        }
    }

    /// Where a path leads that is written in a module.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<Target> {
        // Globs that import each other never end.
        if depth > 24 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" | "campaign_mock" => self.walk(&[], rest, depth),
            "self" => self.walk(from, rest, depth),
            "super" => self.walk(from.split_last()?.1, rest, depth),
            _ => self.walk(from, path, depth),
        }
    }

    /// Follows a path from a module on.
    fn walk(&self, module: &[String], path: &[String], depth: usize) -> Option<Target> {
        let here = self.modules.get(module)?;
        let Some((name, rest)) = path.split_first() else {
            return Some(Target::Module(module.to_vec()));
        };
        if name == "super" {
            return self.walk(module.split_last()?.1, rest, depth);
        }
        if here.children.contains(name) {
            let child = [module, std::slice::from_ref(name)].concat();
            if self.modules.contains_key(&child) {
                return self.walk(&child, rest, depth);
            }
        }
        if here.items.contains(name) {
            return Some(Target::Item(here.file.clone()));
        }
        let by_name = here.uses.iter().filter(|one| one.name.as_ref() == Some(name));
        for one in by_name.filter(|one| one.path != path) {
            match self.resolve(module, &one.path, depth + 1) {
                Some(Target::Module(found)) => return self.walk(&found, rest, depth + 1),
                Some(item) => return Some(item),
                None => {}
            }
        }
        for glob in here.uses.iter().filter(|one| one.name.is_none()) {
            if let Some(Target::Module(found)) = self.resolve(module, &glob.path, depth + 1)
                && let Some(target) = self.walk(&found, path, depth + 1)
            {
                return Some(target);
            }
        }
        None
    }
}

/// `http/error/mod.rs` → `["http", "error"]`
fn module_of(file: &std::path::Path) -> ModulePath {
    let mut path: ModulePath =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        path.pop();
    }
    path
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| {
        one.path().is_ident("cfg")
            && one.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(one) => &one.attrs,
        Item::Impl(one) => &one.attrs,
        Item::Fn(one) => &one.attrs,
        Item::Use(one) => &one.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(one) => one.ident.to_string(),
        Item::Enum(one) => one.ident.to_string(),
        Item::Fn(one) => one.sig.ident.to_string(),
        Item::Macro(one) => one.ident.as_ref()?.to_string(),
        Item::Static(one) => one.ident.to_string(),
        Item::Struct(one) => one.ident.to_string(),
        Item::Trait(one) => one.ident.to_string(),
        Item::Type(one) => one.ident.to_string(),
        _ => return None,
    })
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, is_public: bool, into: &mut Vec<Use>) {
    match tree {
        UseTree::Path(one) => {
            prefix.push(one.ident.to_string());
            flatten(&one.tree, prefix, is_public, into);
            prefix.pop();
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|one| flatten(one, prefix, is_public, into));
        }
        UseTree::Glob(_) => into.push(Use { name: None, path: prefix.clone(), is_public }),
        UseTree::Name(one) if one.ident == "self" => {
            into.push(Use { name: prefix.last().cloned(), path: prefix.clone(), is_public });
        }
        UseTree::Name(one) => {
            let path = [&prefix[..], &[one.ident.to_string()]].concat();
            into.push(Use { name: Some(one.ident.to_string()), path, is_public });
        }
        UseTree::Rename(one) => {
            let path = [&prefix[..], &[one.ident.to_string()]].concat();
            into.push(Use { name: Some(one.rename.to_string()), path, is_public });
        }
    }
}

/// Collects the paths of an item's code.
struct Found<'a> {
    module: &'a mut Module,
}

impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.module.paths.insert(path.segments.iter().map(|one| one.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, one: &'ast syn::ItemUse) {
        flatten(&one.tree, &mut Vec::new(), false, &mut self.module.uses);
    }

    fn visit_macro(&mut self, one: &'ast syn::Macro) {
        self.visit_path(&one.path);
        paths_of(one.tokens.clone(), &mut self.module.paths);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// The paths in the tokens of a macro call, whose grammar is its own.
fn paths_of(tokens: TokenStream, into: &mut BTreeSet<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(one) => {
                if colons != 2 {
                    into.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                }
                path.push(one.to_string());
                colons = 0;
            }
            TokenTree::Punct(one) if one.as_char() == ':' => colons += 1,
            other => {
                into.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                colons = 0;
                if let TokenTree::Group(group) = other
                    && group.delimiter() != Delimiter::None
                {
                    paths_of(group.stream(), into);
                }
            }
        }
    }
    into.extend((!path.is_empty()).then_some(path));
}

/// Files that import each other in a loop, each group with the names that tie it.
pub(crate) fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let reach = |from: &PathBuf| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(file) = left.pop() {
            for next in imports.get(&file).into_iter().flatten().map(|(file, _)| file) {
                if seen.insert(next.clone()) {
                    left.push(next.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<_, _> = imports.keys().map(|file| (file, reach(file))).collect();
    let mut found: BTreeSet<BTreeSet<&PathBuf>> = BTreeSet::new();
    for (file, there) in &reached {
        if there.contains(*file) {
            let back =
                |other: &&&PathBuf| reached[**other].contains(*file) && there.contains(**other);
            found.insert(reached.keys().filter(back).copied().collect());
        }
    }
    let lines = |group: BTreeSet<&PathBuf>| {
        let inside = imports.iter().filter(|(file, _)| group.contains(file));
        let ties = inside.flat_map(|(file, names)| {
            let inside = names.iter().filter(|(other, _)| group.contains(other));
            inside.map(move |(other, name)| {
                format!("{} takes {name} from {}", file.display(), other.display())
            })
        });
        ties.collect::<Vec<_>>()
    };
    found.into_iter().map(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources = sources.iter().map(|(file, text)| (PathBuf::from(file), *text));
        circles(&Crate::read(sources).imports())
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let b = "pub fn b() {} fn x() { crate::a::a() }";
        for a in [
            "use crate::b::b; pub fn a() {}",
            "use crate::{c::C, b::{self, b as other}}; pub fn a() {}",
            "use super::b; pub fn a() { b::b() }",
            "use super::b::*; pub fn a() { b() }",
            "pub fn a() { crate::b::b() }",
            "pub fn a() { println!(\"{}\", super::b::b()) }",
            "pub fn a() { use crate::b::b; b() }",
            "use crate::b_again; pub fn a() { b_again() }",
            "use crate::c::deep; pub fn a() {}",
            "pub fn a(_: crate::b::B) {}",
            "use crate::b; pub fn a() {}",
            "use crate::{c::C, b as _b}; pub fn a() {}",
        ] {
            let found = circles_of(&[
                ("lib.rs", "mod a; mod b; mod c; pub use c::deep as b_again;"),
                ("a.rs", a),
                ("b.rs", &format!("pub struct B; {b}")),
                ("c.rs", "pub struct C; pub use super::b::b as deep;"),
            ]);
            assert_eq!(found.len(), 1, "{a}");
            assert!(found[0].iter().any(|tie| tie.contains("a.rs")), "{found:?}");
        }
    }

    #[test]
    fn a_folder_is_in_a_circle_when_its_mod_file_defines_what_its_files_use() {
        let found = circles_of(&[
            ("lib.rs", "mod http;"),
            ("http/mod.rs", "mod admin; pub struct State; fn x() { admin::jobs::list() }"),
            ("http/admin/mod.rs", "pub mod jobs;"),
            ("http/admin/jobs.rs", "use super::super::State; pub fn list() {}"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn what_only_looks_like_a_circle_is_none() {
        let harmless = circles_of(&[
            ("lib.rs", "mod a; mod b; pub use a::a; pub use b::b;"),
            ("a.rs", "//! See crate::b.\nuse std::fmt; pub fn a() { let b = \"crate::b::b\"; }"),
            ("b.rs", "use crate::a; pub fn b() { a() } #[cfg(test)] mod tests { use super::*; }"),
            ("folder/mod.rs", "mod one; mod two; pub use one::One;"),
            ("folder/one.rs", "pub struct One;"),
            (
                "folder/two.rs",
                "use super::One; use crate::folder; pub struct Two(One, folder::One);",
            ),
        ]);
        assert_eq!(harmless, Vec::<Vec<String>>::new());
    }
}
