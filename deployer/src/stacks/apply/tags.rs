//! Which actions the tags of a resource type need. Pure.

const TABLE: &str = include_str!("tags.tsv");

/// The actions that put, remove and list the tags of a type's resources; none for a type without tags.
pub(crate) fn tag_actions(kind: &str) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.lines().filter_map(|line| line.split_once('\t'));
    let row = rows.into_iter().find(|(of, _)| *of == kind);
    row.into_iter().flat_map(|(_, actions)| actions.split(' '))
}
