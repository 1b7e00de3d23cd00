//! Agents and how to connect them, as text. What there is to say was found out by others.

use crate::agents::change::{Done, Verb};
use crate::agents::look::{Acquaintance, State};
use crate::agents::places::Places;
use crate::agents::recipe::Recipe;
use crate::agents::{Agent, Door, Scope};
use crate::render::{diff, words};

/// All agents, two lines each at most: the command or the file, and what to write there.
pub(crate) fn brief(recipes: &[Recipe], places: &Places) -> Vec<String> {
    let mut lines = all(recipes, |recipe| by_hand(recipe, places));
    lines.push(String::new());
    lines.push("`persistproc mcp install <agent>` does it for you; `persistproc mcp print <agent>` says all of it.".into());
    lines
}

/// All agents, a line each: the command that connects it, its own or ours.
pub(crate) fn commands(recipes: &[Recipe], door: &Door) -> Vec<String> {
    let ours = |recipe: &Recipe| door.installing(recipe.agent);
    all(recipes, |recipe| vec![recipe.command.clone().unwrap_or_else(|| ours(recipe))])
}

/// The name of each agent, and lines beside it.
fn all(recipes: &[Recipe], lines: impl Fn(&Recipe) -> Vec<String>) -> Vec<String> {
    let width = recipes.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0);
    let beside = |recipe: &Recipe| {
        let names = std::iter::once(recipe.name).chain(std::iter::repeat(""));
        let lines = names.zip(lines(recipe)).map(|(name, line)| format!("{name:width$}  {line}"));
        lines.collect::<Vec<_>>()
    };
    recipes.iter().flat_map(beside).collect()
}

fn by_hand(recipe: &Recipe, places: &Places) -> Vec<String> {
    if let Some(command) = &recipe.command {
        return vec![command.clone()];
    }
    let [container, ours] = recipe.path;
    let entry = serde_json::to_string(&recipe.entry).unwrap_or_default();
    vec![places.short(&recipe.file), format!("{container}: {{\"{ours}\": {entry}}}")]
}

/// One agent: what to run, or what to write where.
pub(crate) fn whole(recipe: &Recipe, places: &Places) -> Vec<String> {
    let mut lines = Vec::new();
    let file = places.short(&recipe.file);
    match &recipe.command {
        Some(command) => {
            lines.extend([format!("{}: run this", recipe.name), String::new()]);
            lines.extend([format!("  {command}"), String::new()]);
            lines.push(format!("or write this into {file}:"));
        }
        None => lines.push(format!("{}: write this into {file}:", recipe.name)),
    }
    lines.push(String::new());
    lines.extend(recipe.text.lines().map(str::to_owned));
    lines
}

/// The agents that are here, each with what it takes to connect it; then the others.
pub(crate) fn overview(known: &[Acquaintance], places: &Places, door: &Door) -> Vec<String> {
    let here: Vec<_> = known.iter().filter(|known| known.here).collect();
    let others: Vec<_> =
        known.iter().filter(|known| !known.here).map(|known| known.agent.word()).collect();
    let width = here.iter().map(|known| known.name.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = here
        .iter()
        .map(|known| format!("{:width$}  {}", known.name, standing(known, places, door)))
        .collect();
    if lines.is_empty() {
        lines.push("None of the agents that persistproc knows is on this machine.".into());
    }
    lines.push(String::new());
    if !others.is_empty() {
        lines.push(format!("Not found here: {}.", others.join(", ")));
    }
    lines.push("Another agent takes what `persistproc mcp print` shows, in its own way.".into());
    lines
}

fn standing(known: &Acquaintance, places: &Places, door: &Door) -> String {
    let (file, fix) = (places.short(&known.file), door.installing(known.agent));
    match &known.state {
        State::Connected => format!("connected ({file})"),
        State::Apart => format!("not connected: {fix}"),
        State::Elsewhere { leads_to } => format!("leads to {}: {fix}", words::shown(leads_to)),
        State::Unreadable { error } => words::shown(&error.message),
    }
}

/// Over HTTP nobody starts a daemon for the agent.
pub(crate) fn daemon_has_to_run(agent: Agent) -> String {
    let name = agent.name();
    format!(
        "The daemon has to run when {name} starts: any `pp` command starts it. With --stdio, {name} starts it."
    )
}

/// What came of a change.
pub(crate) fn done(done: &Done, dry_run: bool, places: &Places) -> Vec<String> {
    let (name, file) = (done.wish.agent.name(), places.short(&done.file));
    let connect = matches!(done.wish.verb, Verb::Connect { .. });
    if !done.changed {
        let how = if connect { "connected already" } else { "not connected" };
        return vec![format!("{name} is {how} ({file}).")];
    }
    let mut lines = vec![match (dry_run, connect) {
        (true, _) if !done.ran.is_empty() => "This would run:".to_owned(),
        (true, _) => format!("This would change {file}:"),
        (false, _) if !done.ran.is_empty() => format!("{name} did it by its own command:"),
        (false, true) => format!("{name} is connected now ({file})."),
        (false, false) => format!("{name} is connected no longer ({file})."),
    }];
    lines.extend(done.ran.iter().map(|line| format!("  $ {line}")));
    lines.extend(diff::lines(&done.before, &done.after).iter().map(|line| format!("  {line}")));
    if let Some(kept) = &done.kept {
        lines.push(format!("As it was before: {}", places.short(kept)));
    }
    if connect && done.wish.scope == Scope::Project && !dry_run {
        lines.push(format!("{name} asks before it trusts the settings of a project."));
    }
    lines
}
