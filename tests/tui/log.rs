//! The log: search over all of it, its ends, several merged, copying.

use std::time::Duration;

use super::{dashboard, until_line};
use crate::support::wait::until_stable;
use crate::support::{Tmux, World, until};

/// Prints this many numbered lines and keeps running.
fn numbers(world: &World, label: &str, count: u32) {
    let name = format!("{label}-script");
    world.write(
        &name,
        &format!("seq -f '{label} line %.0f' {count}\necho {label} done\nsleep 1000\n"),
    );
    world.pp(["start", "--label", label, "sh", &name]).ok();
    world.pp(["wait", "--pattern", &format!("{label} done"), label]).ok();
}

#[test]
fn the_whole_log_is_searched_and_its_ends_are_reached_at_once() {
    let world = World::new();
    numbers(&world, "web", 200_000);
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("web done");
    screen.press_key("/");
    screen.type_line("line 77$|line 133777$");
    until_line(&screen, &["line 133777"]);
    until_line(&screen, &["──", "line 1337"]);
    screen.press_key("n");
    until_line(&screen, &["web line 77"]);
    screen.press_key("n");
    screen.until("The search went on from the other end of the log.");
    screen.until("web line 133777\n");
    screen.press_key("N");
    screen.until("web line 77\n");
    screen.press_key("g");
    screen.until("web line 1\n");
    until_line(&screen, &["──", "line 1"]);
    screen.press_keys(&["PageDown", "PageDown", "PageUp"]);
    screen.until("web line 40\n");
    screen.press_key("G");
    screen.until("web done");
    screen.press_key("/");
    screen.type_line("no line has this");
    screen.until("No line matches.");
    screen.press_key("/");
    screen.type_line("(");
    screen.until("Error:");
}

#[test]
fn a_page_up_from_the_end_goes_through_every_line() {
    let world = World::new();
    numbers(&world, "web", 1_500);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp ui web");
    screen.until("web line 1500\n");
    let mut lowest = shown_numbers(&screen.text())[0];
    while lowest > 1 {
        screen.press_key("PageUp");
        until("the lines above", || {
            let text = screen.text();
            if shown_numbers(&text)[0] < lowest { Ok(()) } else { Err(text) }
        });
        // Lines that are not known yet come after those that are.
        let text = until_stable("the page", Duration::from_millis(100), || screen.text());
        let numbers = shown_numbers(&text);
        let is_continuous = numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        assert!(is_continuous && numbers[numbers.len() - 1] + 1 >= lowest, "{lowest}: {text}");
        lowest = numbers[0];
    }
}

/// The numbers of the lines on the screen.
fn shown_numbers(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.strip_prefix("web line ")?.parse().ok()).collect()
}

#[test]
fn marked_processes_have_one_log() {
    let world = World::new();
    world.write("tick", "for i in 1 2 3; do echo $1 $i; sleep 0.05; done; sleep 1000\n");
    let tmux = Tmux::new(&world);
    world.pp(["start", "--label", "web", "sh", "tick", "from-web"]).ok();
    world.pp(["start", "--label", "api", "sh", "tick", "from-api"]).ok();
    let screen = dashboard(&tmux, "");
    until_line(&screen, &["api", "running"]);
    screen.press_keys(&["Space", "Down", "Space"]);
    for number in 1..=3 {
        until_line(&screen, &["web |", &format!("from-web {number}")]);
        until_line(&screen, &["api |", &format!("from-api {number}")]);
    }
    screen.press_key("/");
    screen.type_line("api 2");
    until_line(&screen, &["api |", "from-api 2"]);
    screen.press_keys(&["Escape", "Escape"]);
    screen.until_gone("api |");
}

#[test]
fn a_match_is_copied() {
    let world = World::new();
    numbers(&world, "web", 100);
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("web done");
    screen.press_key("/");
    screen.type_line("line 50$");
    screen.until("web line 50\n");
    screen.press_key("y");
    screen.until("Copied 1 line");
    screen.press_key("q");
    screen.exit();
    screen.run("clear; tmux show-buffer");
    screen.until("web line 50\n");
}

#[test]
fn without_tmux_the_terminal_gets_the_text_for_its_clipboard() {
    let world = World::new();
    numbers(&world, "web", 100);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.run("tmux set -s set-clipboard on");
    screen.start("env -u TMUX pp ui web");
    screen.until("web done");
    screen.press_key("/");
    screen.type_line("line 50$");
    screen.until("web line 50\n");
    screen.press_key("y");
    screen.until("Copied 1 line");
    screen.press_key("q");
    screen.exit();
    screen.run("clear; tmux show-buffer");
    screen.until("web line 50\n");
}

#[test]
fn hostile_output_stays_within_its_line() {
    let world = World::new();
    let hostile = r"printf '\033[2J\033[1;1Hcleared\033]0;title\007 \033[?1049l\nwide 日本 é\ttab\nthe \033[1;31mred\033[0m end\n\377\376 bytes\n'; head -c 300000 /dev/zero | tr '\0' x; echo; echo last; sleep 1000";
    world.write("hostile", hostile);
    world.pp(["start", "--label", "web", "sh", "hostile"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("last");
    let text = screen.text();
    assert!(text.contains("NAME") && text.contains("the red end"), "{text}");
    assert!(text.contains("wide 日本 é"), "{text}");
    assert!(screen.modes().starts_with("alternate 1"), "{}", screen.modes());
    assert_ne!(screen.title().trim(), "title");
}
