//! The rights for a deploy that leaves something behind: what the old configuration made has to be removed.

use super::{Place, Statement, statement, statements};
use crate::config::Config;
use crate::stacks::render::RenderError;

/// The rights of a configuration, and with an earlier one also what taking down the rest of that needs.
///
/// # Errors
/// When a template of either can't be rendered.
pub fn statements_of_move(from: Option<&Config>, to: &Config, place: &Place) -> Result<Vec<Statement>, RenderError> {
    let mut all = statements(to, place)?;
    let Some(from) = from else { return Ok(all) };
    for old in statements(from, place)? {
        if all.iter().any(|one| covers(one, &old)) {
            continue;
        }
        match all.iter_mut().find(|one| one.resources == old.resources && one.condition == old.condition) {
            Some(one) => {
                one.actions.extend(old.actions);
                one.actions.sort();
                one.actions.dedup();
            }
            None => all.push(old),
        }
    }
    statement::name(&mut all);
    Ok(all)
}

/// Whether everything that `old` allows is allowed already.
fn covers(one: &Statement, old: &Statement) -> bool {
    one.condition == old.condition
        && old.actions.iter().all(|action| one.actions.contains(action))
        && old.resources.iter().all(|resource| one.resources.contains(resource))
}
