//! `label`: give a process another name.

use std::process::ExitCode;
use std::slice;

use persistproc_api::Target;
use persistproc_api::control::LabelRequest;
use persistproc_api::selection::SelectedState;

use super::selected::{self, Purpose, SelectionRequest, WithoutTarget};
use crate::args::LabelArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

const PURPOSE: Purpose<'static> = Purpose {
    command: "label",
    question: "Rename",
    changes: true,
    state: SelectedState::Any,
    without_target: WithoutTarget::Any,
};

pub(crate) fn run(args: &LabelArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let words = slice::from_ref(&args.target);
    let directory = args.working_directory.as_deref();
    let request = SelectionRequest::of_words(words, directory, PURPOSE);
    let before = selected::one(&client, &request, context)?;
    let request = LabelRequest { label: args.new_label.clone() };
    let process = client.label(&Target::from(&before), &request)?;
    if context.json() {
        render::json(&process)?;
    } else {
        render::escaped_lines([format!("{} is now {}", before.name(), process.name())])?;
    }
    Ok(ExitCode::SUCCESS)
}
