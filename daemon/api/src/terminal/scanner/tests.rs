//! Sequences in whole chunks and byte by byte.

use super::*;

/// The questions in this output and the modes after it. Asserts that chunks make no difference.
fn scanned(output: &str) -> (Vec<String>, TerminalModes) {
    let mut whole = OutputScanner::default();
    let mut questions = Vec::new();
    whole.scan(output.as_bytes(), |range, _| questions.push(output[range].to_owned()));
    let mut bytewise = OutputScanner::default();
    let mut ends = 0;
    for byte in output.as_bytes() {
        bytewise.scan(&[*byte], |_, _| ends += 1);
    }
    assert_eq!((ends, bytewise.modes()), (questions.len(), whole.modes()), "{output:?}");
    assert_eq!(bytewise.is_at_line_start(), whole.is_at_line_start(), "{output:?}");
    (questions, whole.modes().clone())
}

#[test]
fn modes_are_undone_and_set_again() {
    for (output, undo, set_again) in [
        ("plain ü text\r\n", "", ""),
        (
            "\x1b[?1049h\x1b[?25l\x1b[1;24r\x1b[H\x1b[2J",
            "\x1b7\x1b[r\x1b8\x1b[?25h\x1b[?1049l",
            "\x1b[?1049h\x1b[?25l",
        ),
        ("\x1b[?1049h\x1b[?1049l", "", ""),
        ("\x1b[?1h\x1b=\x1b[?2004h", "\x1b>\x1b[?1l\x1b[?2004l", "\x1b[?1h\x1b[?2004h\x1b="),
        ("\x1b[?1000;1006h", "\x1b[?1000l\x1b[?1006l", "\x1b[?1000h\x1b[?1006h"),
        ("\x1b[1;31mred", "\x1b[m", ""),
        ("\x1b[1;31mred\x1b[0m\x1b[38;5;2mx\x1b[39;0m", "", ""),
        ("\x1b[1;48;5;0m \x1b[38;2;0;0;0;1m", "\x1b[m", ""),
        ("\x1b[3 q\x1b[>1u\x1b[>3u\x1b[<u", "\x1b[0 q\x1b[<1u", "\x1b[3 q\x1b[>1u"),
        ("\x1b[>4;2m", "\x1b[>4m", "\x1b[>4;2m"),
        ("\x1b]11;#000000\x07\x1b]4;1;red\x1b\\", "\x1b]104\x1b\\\x1b]111\x1b\\", ""),
        ("\x1b]8;;http://x\x1b\\link", "\x1b]8;;\x1b\\", ""),
        ("\x1b[?7l\x1bc", "", ""),
        ("\x1b(0lqk", "\x1b(B\x0f", ""),
    ] {
        let (_, modes) = scanned(output);
        assert_eq!(
            (modes.undo().as_str(), modes.set_again().as_str()),
            (undo, set_again),
            "{output:?}"
        );
        let (_, after) = scanned(&(output.to_owned() + &modes.undo()));
        assert!(after.is_default(), "{output:?}: {after:?}");
        let json = serde_json::to_string(&modes).unwrap();
        assert_eq!(serde_json::from_str::<TerminalModes>(&json).unwrap(), modes, "{json}");
    }
}

#[test]
fn questions_are_found() {
    let questions = [
        "\x1b[c",
        "\x1b[0c",
        "\x1b[>c",
        "\x1b[=c",
        "\x1b[5n",
        "\x1b[6n",
        "\x1b[?6n",
        "\x1b[>0q",
        "\x1b[?2026$p",
        "\x1b[4$p",
        "\x1b[?u",
        "\x1b[14t",
        "\x1b]11;?\x07",
        "\x1b]4;7;?\x1b\\",
        "\x1b]52;c;?\x07",
        "\x1bP$qm\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bZ",
    ];
    for question in questions {
        let (found, modes) = scanned(&format!("a{question}b\x1b[1m\x1b[m"));
        assert_eq!(found, [question]);
        assert!(modes.is_default());
    }
    let (found, _) =
        scanned("\x1b[2J\x1b[H\x1b[22;2t\x1b]2;what?\x07\x1b[>4;2m\x1bPq#0?\x1b\\\x1b[\n5n");
    assert_eq!(found, ["\x1b[\n5n"]);
}

#[test]
fn the_line_start_is_known() {
    for (output, expected) in [
        ("", true),
        ("a", false),
        ("a\r\n", true),
        ("a\r\n\x1b[0m", true),
        ("a\r", true),
        ("a\x1b[K", false),
        ("a\x1b[H", true),
        ("\x1b[5;7H", false),
        ("\r\nx\x07", false),
        ("\r\n\x1b[?1049hx", true),
        ("x\x1b[?1049h\x1b[H\x1b[?1049l", false),
    ] {
        let mut scanner = OutputScanner::default();
        scanner.scan(output.as_bytes(), |_, _| {});
        assert_eq!(scanner.is_at_line_start(), expected, "{output:?}");
    }
}

#[test]
fn an_endless_sequence_takes_bounded_memory() {
    let mut scanner = OutputScanner::default();
    scanner.scan(b"\x1b]0;", |_, _| {});
    for _ in 0..100 {
        scanner.scan(&[b'x'; 4096], |_, _| {});
    }
    assert_eq!(scanner.sequence_bytes, 0);
}
