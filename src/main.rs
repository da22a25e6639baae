//! The `langbord` program.

fn main() -> std::process::ExitCode {
    langbord::cli::main()
}
