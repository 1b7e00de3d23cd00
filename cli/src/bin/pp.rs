//! The same program by its short name. Alone, it lists.

fn main() -> std::process::ExitCode {
    persistproc_cli::main()
}
