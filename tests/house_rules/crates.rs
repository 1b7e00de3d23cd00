//! Parses the crates of this workspace: their module trees, the types they define, and the
//! modules that each file refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ItemMod, ItemUse, Macro, Path, UseTree, Visibility};

use crate::support::sources::sources;
use crate::support::tools::root;

/// The source folders of the crates that have rules.
pub(crate) const CRATES: [&str; 4] =
    ["daemon/api/src", "daemon/src", "cli/src", "nu_plugin_persistproc/src"];

/// The names on the way from the crate root to a module, or to an item in it.
pub(crate) type ModulePath = Vec<String>;

/// One parsed source file.
pub(crate) struct SourceFile {
    /// The path from the root of the checkout.
    pub(crate) path: String,
    pub(crate) module: ModulePath,
    pub(crate) syntax: syn::File,
    /// Names that a `use` item brings into this module, and the paths behind them.
    imports: BTreeMap<String, ModulePath>,
    /// Every path in this file outside of tests, made absolute.
    references: BTreeSet<ModulePath>,
    /// The types that this file defines, and whether another file can name them.
    pub(crate) types: Vec<(String, bool)>,
    /// The names of its functions and methods.
    pub(crate) functions: Vec<String>,
}

/// A crate: its files by module.
pub(crate) struct Crate {
    pub(crate) folder: &'static str,
    pub(crate) files: Vec<SourceFile>,
    /// Where in `files` each module is.
    positions: BTreeMap<ModulePath, usize>,
}

impl Crate {
    /// Parses every file below a source folder, apart from binaries' entry points.
    pub(crate) fn parse(folder: &'static str) -> Self {
        let paths = sources(&[folder]).into_iter().filter(|path| !is_entry_point(path));
        let mut files: Vec<SourceFile> =
            paths.map(|path| SourceFile::parse(folder, path)).collect();
        let modules: BTreeSet<ModulePath> = files.iter().map(|file| file.module.clone()).collect();
        for file in &mut files {
            file.collect(&modules);
        }
        let positions =
            files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        Self { folder, files, positions }
    }

    /// The modules that a file refers to outside of its own line of ancestors and descendants.
    pub(crate) fn references_of(&self, file: &SourceFile) -> BTreeSet<ModulePath> {
        let targets = file.references.iter().map(|path| self.module_of(path, 0));
        targets.filter(|target| !is_related(target, &file.module)).collect()
    }

    /// The module that defines what a path names. A name that its module only imports belongs to
    /// the module it is imported from.
    fn module_of(&self, path: &[String], depth: usize) -> ModulePath {
        let longest = (0..=path.len())
            .rev()
            .find_map(|length| Some((length, self.file_of(&path[..length])?)));
        let Some((length, file)) = longest else { return path.to_vec() };
        let import = path.get(length).and_then(|name| file.imports.get(name));
        match import {
            Some(import) if depth < 8 && import.as_slice() != path => {
                let rest = &path[length + 1..];
                self.module_of(&[import, rest].concat(), depth + 1)
            }
            _ => file.module.clone(),
        }
    }

    fn file_of(&self, module: &[String]) -> Option<&SourceFile> {
        self.positions.get(module).map(|at| &self.files[*at])
    }
}

impl SourceFile {
    fn parse(folder: &str, path: String) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let inside = path.strip_prefix(folder).unwrap().trim_start_matches('/');
        Self {
            module: module_of_file(inside),
            path,
            syntax,
            imports: BTreeMap::new(),
            references: BTreeSet::new(),
            types: Vec::new(),
            functions: Vec::new(),
        }
    }

    fn collect(&mut self, modules: &BTreeSet<ModulePath>) {
        let mut collector = Collector { module: self.module.clone(), modules, ..Collector::new() };
        collector.visit_file(&self.syntax);
        self.imports = collector.imports;
        self.references = collector.references;
        self.types = collector.types;
        self.functions = collector.functions;
    }

    /// Whether the file is a part of unit tests.
    pub(crate) fn is_test(&self) -> bool {
        self.module.iter().any(|name| name == "tests")
    }

    /// The modules that this file declares in files of their own, apart from tests.
    pub(crate) fn declared_modules(&self) -> BTreeSet<String> {
        let modules = self.syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() => Some(module),
            _ => None,
        });
        modules
            .filter(|module| !is_test(&module.attrs))
            .map(|module| module.ident.to_string())
            .collect()
    }
}

/// `lib.rs` is the crate root, `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module_of_file(inside: &str) -> ModulePath {
    let path = inside.trim_end_matches(".rs");
    let names = path.split('/').map(str::to_owned);
    let mut module: ModulePath = names.collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

fn is_entry_point(path: &str) -> bool {
    path.ends_with("/src/main.rs") || path.contains("/src/bin/")
}

fn is_related(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Walks a file and notes what it imports, refers to and defines.
struct Collector<'a> {
    module: ModulePath,
    modules: &'a BTreeSet<ModulePath>,
    imports: BTreeMap<String, ModulePath>,
    references: BTreeSet<ModulePath>,
    types: Vec<(String, bool)>,
    functions: Vec<String>,
    /// Modules written inside this file: `super` there leads to this file first.
    inline_depth: usize,
}

impl Collector<'static> {
    fn new() -> Self {
        static NONE: BTreeSet<ModulePath> = BTreeSet::new();
        Self {
            module: Vec::new(),
            modules: &NONE,
            imports: BTreeMap::new(),
            references: BTreeSet::new(),
            types: Vec::new(),
            functions: Vec::new(),
            inline_depth: 0,
        }
    }
}

impl Collector<'_> {
    /// Makes a path absolute; `None` for one that leads to another crate or to a local name.
    fn absolute(&self, names: &[String]) -> Option<ModulePath> {
        let mut module = self.module.clone();
        let mut supers = 0;
        let mut rest = names;
        match rest.first()?.as_str() {
            "crate" => {
                module.clear();
                rest = &rest[1..];
            }
            "self" | "super" => {
                while let Some("self" | "super") = rest.first().map(String::as_str) {
                    supers += usize::from(rest[0] == "super");
                    rest = &rest[1..];
                }
                for _ in self.inline_depth..supers {
                    module.pop();
                }
            }
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                if !self.modules.contains(&child) {
                    return None;
                }
            }
        }
        Some([module.as_slice(), rest].concat())
    }

    fn refer(&mut self, names: &[String]) {
        if let Some(path) = self.absolute(names) {
            self.references.insert(path);
        }
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.import_name(&name.ident, &name.ident, before),
            UseTree::Rename(name) => self.import_name(&name.ident, &name.rename, before),
            UseTree::Glob(_) => self.refer(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before);
                }
            }
        }
    }

    fn import_name(&mut self, name: &Ident, local: &Ident, before: &[String]) {
        let mut path = before.to_vec();
        if name != "self" {
            path.push(name.to_string());
        }
        let local = if local == "self" { path.last().cloned() } else { Some(local.to_string()) };
        if let (Some(local), Some(absolute)) = (local, self.absolute(&path)) {
            self.imports.insert(local, absolute);
        }
        self.refer(&path);
    }

    fn define(&mut self, name: &Ident, visibility: &Visibility) {
        let is_public = !matches!(visibility, Visibility::Inherited);
        self.types.push((name.to_string(), is_public));
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if is_test(&module.attrs) {
            return;
        }
        self.inline_depth += 1;
        visit::visit_item_mod(self, module);
        self.inline_depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.refer(&names);
        }
        visit::visit_path(self, path);
    }

    /// What stands in a macro call is tokens: paths in it are read off their text.
    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        let text = call.tokens.to_string().replace(" :: ", "::");
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        for word in words.filter(|word| word.contains("::")) {
            let names: Vec<String> = word.split("::").map(str::to_owned).collect();
            self.refer(&names);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident, &item.vis);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident, &item.vis);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident, &item.vis);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident, &item.vis);
        visit::visit_item_type(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.functions.push(item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.functions.push(item.sig.ident.to_string());
        visit::visit_impl_item_fn(self, item);
    }
}
