//! The program under its full name. Without arguments it runs `serve`.

fn main() -> std::process::ExitCode {
    persistproc_cli::main()
}
