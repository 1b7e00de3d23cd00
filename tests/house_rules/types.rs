//! The rule of type names: one name means one type in a crate. The few that occur twice are
//! private to their files.

use std::collections::BTreeMap;

use super::crates::{CRATES, Crate};

/// How many type names may occur more than once, over all crates.
const MAX_REPEATED_NAMES: usize = 8;

#[test]
fn a_type_name_means_one_type_in_its_crate() {
    let mut repeated = Vec::new();
    let mut shared = Vec::new();
    for folder in CRATES {
        for (name, places) in places(&Crate::parse(folder)) {
            if places.len() < 2 {
                continue;
            }
            let files: Vec<&str> = places.iter().map(|(file, _)| file.as_str()).collect();
            let line = format!("{name}: {}", files.join(", "));
            if places.iter().any(|(_, is_public)| *is_public) {
                shared.push(line.clone());
            }
            repeated.push(line);
        }
    }
    assert!(shared.is_empty(), "repeated, and not private:\n{}", shared.join("\n"));
    assert!(
        repeated.len() <= MAX_REPEATED_NAMES,
        "{} names occur more than once, {MAX_REPEATED_NAMES} may:\n{}",
        repeated.len(),
        repeated.join("\n")
    );
}

/// The files that define each name, and whether another file can name that type.
fn places(krate: &Crate) -> BTreeMap<&str, Vec<(String, bool)>> {
    let mut places: BTreeMap<&str, Vec<(String, bool)>> = BTreeMap::new();
    for file in krate.files.iter().filter(|file| !file.is_test()) {
        for (name, is_public) in &file.types {
            places.entry(name).or_default().push((file.path.clone(), *is_public));
        }
    }
    places
}
