//! The program under its full name. Without arguments it runs `serve`.

fn main() -> std::process::ExitCode {
    persistproc_cli::main()
}

/// Runs before Rust's runtime, which would hide that SIGPIPE is ignored and that descriptors are
/// closed.
#[expect(unsafe_code, reason = "the linker is asked to put an initializer before `main`")]
#[used]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static RECORD_INHERITED: extern "C" fn() = persistproc_api::inherited::at_start::record;
