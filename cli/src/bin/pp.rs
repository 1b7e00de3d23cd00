//! The program under its short name. Without arguments it runs `list`.

fn main() -> std::process::ExitCode {
    persistproc_cli::main()
}
