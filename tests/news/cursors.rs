//! Positions of readers: each piece of news comes once, whichever daemon answers, and a daemon that has just
//! started finds the same news as the one before it.

use serde_json::Value;

use super::{lines, world_with_web};
use crate::support::wait::pause;

/// Words, so that each line is of a kind of its own.
const WORDS: [&str; 12] = [
    "apple", "birch", "cedar", "daisy", "elder", "ficus", "grape", "hazel", "iris", "juniper",
    "kale", "lilac",
];

#[test]
fn nothing_is_repeated_or_skipped_when_daemons_are_killed() {
    let world = world_with_web();
    let (_, start) = world.news_after("");
    let mut cursor = start.clone();
    let mut seen: Vec<Value> = Vec::new();
    for (number, word) in WORDS.iter().enumerate() {
        world.print(&format!("Error: {word} failed after {number} ms"));
        if number % 3 == 0 {
            world.kill_daemon();
        }
        if number % 4 == 3 {
            let (repair, next) = world.until_news(&cursor);
            seen.extend(repair);
            cursor = next;
            world.print("compiled successfully");
            pause(super::QUIET);
        }
        let (news, next) = world.news_after(&cursor);
        seen.extend(news);
        cursor = next;
        pause(std::time::Duration::from_millis(400));
    }
    pause(super::QUIET);
    let (rest, _) = world.news_after(&cursor);
    seen.extend(rest);
    let found = lines(&seen);
    for word in WORDS {
        let count = found.iter().filter(|line| line.contains(word)).count();
        assert_eq!(count, 1, "{word} in {found:#?}");
    }
    // The whole log at once gives the same, to this daemon and to the next one.
    let (whole, _) = world.news_after(&start);
    assert_eq!(lines(&whole), found);
    world.kill_daemon();
    let (whole_again, _) = world.news_after(&start);
    assert_eq!(whole_again, whole);
}

#[test]
fn a_process_that_starts_later_is_new_to_an_older_cursor() {
    let world = world_with_web();
    let (_, cursor) = world.news_after("");
    world.pp(["run", "--label", "late", "sh", "-c", "echo 'Error: no port'; exit 2"]);
    let (news, cursor) = world.news_after(&cursor);
    assert_eq!(lines(&news), ["exited with code 2: Error: no port"]);
    // Its next run knows the error, and ends by itself again.
    world.pp(["run", "--label", "late", "sh", "-c", "echo 'Error: no port'; exit 2"]);
    let (news, cursor) = world.news_after(&cursor);
    assert_eq!(lines(&news), ["exited with code 2: Error: no port"]);
    assert_eq!(news[0]["run"], 2);
    world.pp(["forget", "late"]).ok();
    let (none, _) = world.news_after(&cursor);
    assert!(none.is_empty(), "{none:#?}");
}

#[test]
fn a_cursor_of_the_output_of_a_process_is_one_of_its_news() {
    let world = world_with_web();
    world.print("Error: no database");
    world.until_news("");
    let news = world.pp(["news", "--after", "1-0-0", "web"]).ok().out();
    assert!(news.contains("web error: Error: no database"), "{news}");
    let page = world.pp(["--format", "json", "output", "web"]).ok().json();
    let end = page["cursor"].as_str().unwrap();
    let none = world.pp(["news", "--after", end, "web"]).ok();
    assert_eq!(none.out(), "");
}
