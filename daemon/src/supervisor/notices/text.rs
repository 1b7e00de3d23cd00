//! [`NoticeText`]: the title and the text of a notice: one short line each, without control characters. It
//! may hold what a program has printed, so it never begins like an option.

use persistproc_api::words;

/// The longest title, in characters.
const MAX_TITLE: usize = 100;

/// The longest text, in characters.
const MAX_BODY: usize = 300;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoticeText {
    pub(super) title: String,
    pub(super) body: String,
}

impl NoticeText {
    /// A run has ended by itself.
    pub(super) fn ended(name: &str, phrase: &str, detail: &str) -> Self {
        Self::new(&format!("{} {phrase}", short(name)), detail)
    }

    /// A process keeps ending by itself.
    pub(super) fn crash_looping(name: &str, ends: usize, phrase: &str, detail: &str) -> Self {
        let body =
            format!("It ended {ends} times within a minute; the last run {phrase}. {detail}");
        Self::new(&format!("{} is crash-looping", short(name)), &body)
    }

    /// A run is ready, this long after its start.
    pub(super) fn ready(name: &str, seconds: f64, place: Option<&str>) -> Self {
        let after = format!("After {}", words::duration(seconds));
        let body = place.map_or_else(|| after.clone(), |place| format!("{after}: {place}"));
        Self::new(&format!("{} is ready", short(name)), &body)
    }

    /// Notices were turned on.
    pub(super) fn turned_on(sentence: &str) -> Self {
        Self::new("persistproc", sentence)
    }

    fn new(title: &str, body: &str) -> Self {
        Self { title: line(title, MAX_TITLE), body: line(body, MAX_BODY) }
    }
}

/// A name that leaves room in the title for what has happened.
fn short(name: &str) -> String {
    cut(name.trim(), MAX_TITLE / 2)
}

/// One line of at most this many characters that does not begin with a hyphen.
fn line(text: &str, max_chars: usize) -> String {
    let shown = words::shown(text);
    let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = cut(&joined, max_chars);
    if cut.starts_with('-') { format!(" {cut}") } else { cut }
}

fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    text.chars().take(max_chars - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_two_short_lines() {
        let text = NoticeText::ended(
            "web",
            "exited with code 1",
            "Error: no\tsuch\u{1b}[31m\u{7}\nfile\u{202e}",
        );
        assert_eq!(text.title, "web exited with code 1");
        assert_eq!(text.body, "Error: no such [31m file");
        let text = NoticeText::ended(&"n".repeat(400), "exited with code 1", &"é".repeat(1000));
        assert_eq!((text.title.chars().count(), text.body.chars().count()), (69, MAX_BODY));
        assert!(text.title.ends_with("… exited with code 1") && text.body.ends_with('…'));
        let text = NoticeText::ended("--help", "exited with code 1", "--- FAIL: TestCart");
        assert_eq!(
            (&*text.title, &*text.body),
            (" --help exited with code 1", " --- FAIL: TestCart")
        );
    }

    #[test]
    fn every_kind_has_a_text() {
        let text = NoticeText::crash_looping("web", 5, "was killed by SIGSEGV", "no memory");
        assert_eq!(text.title, "web is crash-looping");
        assert_eq!(
            text.body,
            "It ended 5 times within a minute; the last run was killed by SIGSEGV. no memory"
        );
        let text = NoticeText::ready("web", 23.4, Some("http://localhost:5173/"));
        assert_eq!(
            (&*text.title, &*text.body),
            ("web is ready", "After 23 s: http://localhost:5173/")
        );
        assert_eq!(NoticeText::ready("web", 70.0, None).body, "After 1 min");
    }
}
