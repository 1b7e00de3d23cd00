//! [`StyledText`]: a line with the colours that its escape sequences set, as cells of a screen need
//! them. It has no other control characters.

use persistproc_api::words;
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::text::{Line, Span};
use regex::Regex;
use unicode_width::UnicodeWidthChar;

/// The distance of tab stops.
const TAB_WIDTH: usize = 8;

/// Characters with their styles.
#[derive(Clone, Debug, Default)]
pub(super) struct StyledText {
    characters: Vec<(char, Style)>,
}

impl StyledText {
    /// The text of a line, in which escape sequences set colours and styles (SGR).
    pub(super) fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        let mut style = Style::new();
        let mut column = 0;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((parameters, after)) = sequence(rest) {
                style = styled(style, parameters);
                rest = after;
                continue;
            }
            rest = &rest[first.len_utf8()..];
            if first == '\t' {
                let width = TAB_WIDTH - column % TAB_WIDTH;
                parsed.characters.extend((0..width).map(|_| (' ', style)));
                column += width;
                continue;
            }
            let safe = words::shown(first.encode_utf8(&mut [0; 4]));
            parsed.characters.extend(safe.chars().map(|character| (character, style)));
            column += first.width().unwrap_or(1);
        }
        parsed
    }

    /// The characters alone.
    pub(super) fn plain(&self) -> String {
        self.characters.iter().map(|(character, _)| character).collect()
    }

    /// The same text with the matches of a pattern marked.
    #[must_use]
    pub(super) fn marking(mut self, pattern: &Regex, mark: Modifier) -> Self {
        let plain = self.plain();
        for found in pattern.find_iter(&plain).filter(|found| !found.is_empty()) {
            let start = plain[..found.start()].chars().count();
            let length = found.as_str().chars().count();
            for (_, style) in &mut self.characters[start..start + length] {
                *style = style.add_modifier(mark);
            }
        }
        self
    }

    /// The text in a style, unless it sets another.
    #[must_use]
    pub(super) fn within(mut self, base: Style) -> Self {
        for (_, style) in &mut self.characters {
            *style = base.patch(*style);
        }
        self
    }

    /// The part that fits into this width, after this many columns.
    pub(super) fn part(&self, skipped: usize, width: usize) -> Line<'static> {
        let mut column = 0;
        let mut part = Vec::new();
        for (character, style) in &self.characters {
            let end = column + character.width().unwrap_or(0);
            if column >= skipped && end <= skipped + width {
                part.push((*character, *style));
            }
            column = end;
        }
        line(&part)
    }

    /// The text on lines of this width, one at least.
    pub(super) fn wrapped(&self, width: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let mut part = Vec::new();
        let mut column = 0;
        for (character, style) in &self.characters {
            let columns = character.width().unwrap_or(0);
            if column + columns > width && !part.is_empty() {
                lines.push(line(&part));
                part.clear();
                column = 0;
            }
            part.push((*character, *style));
            column += columns;
        }
        lines.push(line(&part));
        lines
    }
}

/// Characters as spans of equal style.
fn line(characters: &[(char, Style)]) -> Line<'static> {
    let parts = characters.chunk_by(|(_, one), (_, other)| one == other);
    let span = |part: &[(char, Style)]| {
        let text: String = part.iter().map(|(character, _)| character).collect();
        Span::styled(text, part[0].1)
    };
    Line::from(parts.map(span).collect::<Vec<_>>())
}

/// The parameters of the SGR sequence at the beginning of a text, and what follows it.
fn sequence(text: &str) -> Option<(&str, &str)> {
    let body = text.strip_prefix("\x1b[")?;
    let end = body.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'))?;
    body[end..].starts_with('m').then(|| (&body[..end], &body[end + 1..]))
}

/// The style after a sequence with these parameters.
fn styled(mut style: Style, parameters: &str) -> Style {
    let mut codes = parameters.split([';', ':']).map(|code| code.parse::<u8>().unwrap_or(0));
    while let Some(code) = codes.next() {
        style = match code {
            0 => Style::new(),
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            9 => style.add_modifier(Modifier::CROSSED_OUT),
            22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style.remove_modifier(Modifier::ITALIC),
            24 => style.remove_modifier(Modifier::UNDERLINED),
            27 => style.remove_modifier(Modifier::REVERSED),
            29 => style.remove_modifier(Modifier::CROSSED_OUT),
            30..=37 => style.fg(Color::Indexed(code - 30)),
            38 => extended(&mut codes).map_or(style, |colour| style.fg(colour)),
            39 => style.fg(Color::Reset),
            40..=47 => style.bg(Color::Indexed(code - 40)),
            48 => extended(&mut codes).map_or(style, |colour| style.bg(colour)),
            49 => style.bg(Color::Reset),
            90..=97 => style.fg(Color::Indexed(code - 90 + 8)),
            100..=107 => style.bg(Color::Indexed(code - 100 + 8)),
            _ => style,
        };
    }
    style
}

/// A colour of the table of 256, or of red, green and blue.
fn extended(codes: &mut impl Iterator<Item = u8>) -> Option<Color> {
    match codes.next()? {
        5 => Some(Color::Indexed(codes.next()?)),
        2 => Some(Color::Rgb(codes.next()?, codes.next()?, codes.next()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_become_styles_and_nothing_else_is_left() {
        let text = "a\x1b[1;31mb\x1b[0mc\x1b[38;5;200md\x1b[38;2;1;2;3me\x1b[2J\u{202e}\x07f";
        let parsed = StyledText::parse(text);
        assert_eq!(parsed.plain(), "abcde [2J  f");
        let style = |at: usize| parsed.characters[at].1;
        assert_eq!(style(0), Style::new());
        assert_eq!(style(1), Style::new().fg(Color::Indexed(1)).add_modifier(Modifier::BOLD));
        assert_eq!(style(2), Style::new());
        assert_eq!(style(3).fg, Some(Color::Indexed(200)));
        assert_eq!(style(4).fg, Some(Color::Rgb(1, 2, 3)));
    }

    #[test]
    fn tabs_and_wide_characters_have_their_columns() {
        let text = StyledText::parse("a\tb日本");
        assert_eq!(text.plain(), "a       b日本");
        assert_eq!(text.part(0, 10).to_string(), "a       b");
        assert_eq!(text.part(8, 3).to_string(), "b日");
        let lines: Vec<String> = text.wrapped(6).iter().map(Line::to_string).collect();
        assert_eq!(lines, ["a     ", "  b日", "本"]);
        assert_eq!(StyledText::default().wrapped(6).len(), 1);
    }

    #[test]
    fn matches_are_marked() {
        let text = StyledText::parse("\x1b[32mein fehler\x1b[0m")
            .marking(&Regex::new("f.h").unwrap(), Modifier::REVERSED);
        let spans = text.part(0, 80).spans;
        assert_eq!(spans[1].content, "feh");
        assert!(spans[1].style.add_modifier.contains(Modifier::REVERSED));
        assert_eq!(spans[1].style.fg, Some(Color::Indexed(2)));
    }
}
