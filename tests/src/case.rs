//! Test cases that can be left out with a reason.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// What a case needs of the machine, or the reason why it is not there.
pub type Needed<T> = Result<T, String>;

/// A case that gets what it needs, and that is shown as ignored where that is not there. It fails by panicking.
pub fn case<T, F>(name: &str, needed: &Needed<T>, body: F) -> Trial
where
    T: Clone + Send + 'static,
    F: FnOnce(T) + Send + 'static,
{
    let needed = needed.clone();
    Trial::ignorable_test(name, move || match needed {
        Ok(needed) => {
            body(needed);
            Ok(Completion::Completed)
        }
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// A case whose need is looked for, or built, when the case runs.
pub fn lazy_case<T, F>(name: &str, find: fn() -> Needed<T>, body: F) -> Trial
where
    T: 'static,
    F: FnOnce(T) + Send + 'static,
{
    Trial::ignorable_test(name, move || match find() {
        Ok(needed) => {
            body(needed);
            Ok(Completion::Completed)
        }
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Runs the cases of one suite with the command line of `cargo test`.
pub fn run(cases: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), cases).exit_code()
}
