//! The program by its full name. Alone, it serves.

fn main() -> std::process::ExitCode {
    persistproc_cli::main()
}
