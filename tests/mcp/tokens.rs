//! `count_tokens` measures texts with a public tokenizer, which runs in Node.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::tools;

/// The number of tokens of each text.
#[track_caller]
pub(crate) fn count_tokens(texts: &[String]) -> Vec<usize> {
    let script = "const { Tiktoken } = require('js-tiktoken/lite');
        const tokenizer = new Tiktoken(require('js-tiktoken/ranks/o200k_base'));
        const texts = JSON.parse(require('fs').readFileSync(0));
        console.log(JSON.stringify(texts.map((text) => tokenizer.encode(text).length)));";
    let mut node = Command::new(tools::path_of("node"))
        .args(["-e", script])
        .current_dir(tools::mcp_clients())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(texts).unwrap();
    node.stdin.take().unwrap().write_all(&input).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "node failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
