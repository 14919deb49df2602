//! The save protocol on a disk that loses its power between any two steps, and whose steps fail.

mod disk;

use super::content::Content;
use super::save::{Recovered, Save, Saved, SetAside, Trouble, recover};
use super::storage::{Place, Storage};
use crate::secret::{ApiToken, Secret};
use disk::{Disk, Plan};

/// How far a run came.
struct Run {
    /// The token was sent, which kills it.
    sent: bool,
    /// What was told about the new token, if it came to that.
    saved: Option<Saved>,
}

/// One exchange: the server replaces OLD by NEW as soon as OLD is sent.
fn exchange(disk: &Disk) -> Run {
    let not_sent = Run { sent: false, saved: None };
    let Ok(recovered) = recover(disk) else { return not_sent };
    if recovered.content.token().secret().expose() != "OLD" {
        return not_sent;
    }
    let Ok(save) = Save::prepare(disk.clone(), recovered) else { return not_sent };
    Run { sent: true, saved: Some(save.keep(&token("NEW"))) }
}

fn token(text: &str) -> ApiToken {
    ApiToken::parse(&Secret::new(text)).expect("valid")
}

fn recovered(disk: &Disk, context: &str) -> Recovered {
    recover(disk).unwrap_or_else(|trouble| panic!("{context}: {trouble:?}"))
}

fn text(recovered: &Recovered) -> &str {
    recovered.content.token().secret().expose()
}

/// A disk whose journal holds the new token, because it could not be put into the file.
fn new_token_in_journal() -> Disk {
    let at = |step| {
        let disk = Disk::with_token("OLD");
        let run = exchange(&disk.run(Plan::Failure(step)));
        matches!(run.saved, Some(Saved::InJournal(_))).then_some(disk)
    };
    (0..steps_of_a_run()).find_map(at).expect("putting it into the file takes a step")
}

/// The number of steps of a run that meets with nothing.
fn steps_of_a_run() -> usize {
    let disk = Disk::with_token("OLD");
    assert!(matches!(exchange(&disk).saved, Some(Saved::InFile)));
    disk.steps()
}

#[test]
fn an_exchange_leaves_the_new_token_and_nothing_else() {
    let disk = Disk::with_token("OLD");
    exchange(&disk);
    assert_eq!(text(&recovered(&disk, "after")), "NEW");
    assert!(!disk.is_there(Place::Journal) && !disk.is_there(Place::Replacement));
    assert_eq!(disk.aside(), [""; 0]);
}

#[test]
fn a_power_cut_at_any_step_loses_nothing_that_reached_the_disk() {
    let (mut lost, mut torn, mut adopted) = (0, 0, 0);
    for at in 0..steps_of_a_run() {
        let before = Disk::with_token("OLD");
        let disk = before.run(Plan::PowerCut(at));
        let run = exchange(&disk);
        for after in disk.after_power_cut() {
            let context = format!("power cut at step {at}: {:?}", after);
            let recovered = recovered(&after, &context);
            adopted += usize::from(recovered.adopted);
            match (run.sent, text(&recovered)) {
                (false, "OLD") | (true, "NEW") => {}
                // The answer was not on the disk yet. Then there is at least an explanation.
                (true, "OLD") if matches!(run.saved, Some(Saved::Nowhere(_))) => {
                    lost += 1;
                    assert!(recovered.unanswered.is_some(), "{context}");
                    torn += usize::from(matches!(recovered.set_aside, Some(SetAside::Damaged(_))));
                }
                other => panic!("{context}: {other:?}"),
            }
        }
    }
    assert!(adopted > 0, "no run ended between journal and file");
    // Two steps: writing the answer, and its sync.
    assert!(lost > 0, "the model never dropped unsynced data");
    assert!(torn > 0, "the model never wrote half of an answer");
}

#[test]
fn a_power_cut_while_recovering_loses_nothing_either() {
    let mut cuts = 0;
    for at in 0.. {
        let disk = new_token_in_journal().run(Plan::PowerCut(at));
        let done = recover(&disk).is_ok();
        for after in disk.after_power_cut() {
            assert_eq!(text(&recovered(&after, &format!("cut at step {at}"))), "NEW");
            cuts += 1;
        }
        if done && disk.steps() <= at {
            break;
        }
    }
    assert!(cuts > 20);
}

#[test]
fn a_failure_at_any_step_is_told_and_loses_nothing() {
    let mut seen = [0; 3];
    for at in 0..steps_of_a_run() {
        let before = Disk::with_token("OLD");
        let disk = before.run(Plan::Failure(at));
        let run = exchange(&disk);
        let after = recovered(&before, &format!("failure at step {at}"));
        match run.saved {
            None => {
                assert_eq!(text(&after), "OLD");
                assert!(!before.is_there(Place::Journal), "step {at} leaves a journal behind");
            }
            Some(Saved::InFile | Saved::InJournal(_)) => assert_eq!(text(&after), "NEW", "step {at}"),
            Some(Saved::Aside(_)) => panic!("nobody else writes here"),
            Some(Saved::Nowhere(_)) => panic!("one failure cannot keep the token from both places: step {at}"),
        }
        match run.saved {
            None => seen[0] += 1,
            Some(Saved::InFile) => seen[1] += 1,
            _ => seen[2] += 1,
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_token_of_another_program_is_not_written_over() {
    let disk = Disk::with_token("OLD");
    let save = Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared");
    disk.put_token("THEIRS");
    assert!(matches!(save.keep(&token("NEW")), Saved::Aside(_)));
    assert_eq!(text(&recovered(&disk, "after")), "THEIRS");
    assert_eq!(tokens_aside(&disk), ["NEW"]);
}

/// What was set aside, read as token files.
fn tokens_aside(disk: &Disk) -> Vec<String> {
    let read = |content: String| Content::read(content.as_bytes()).expect("a token file by itself");
    disk.aside().into_iter().map(|content| read(content).token().secret().expose().to_owned()).collect()
}

#[test]
fn a_torn_answer_is_set_aside_and_explains_the_rejection_until_the_token_is_another_one() {
    let torn = (0..steps_of_a_run()).find_map(|at| {
        let before = Disk::with_token("OLD");
        exchange(&before.run(Plan::PowerCut(at)));
        let torn = |disk: &Disk| matches!(recovered(disk, "torn").set_aside, Some(SetAside::Damaged(_)));
        before.after_power_cut().into_iter().find(torn)
    });
    let disk = torn.expect("an answer is written half");
    for _ in 0..2 {
        let found = recovered(&disk, "later");
        assert!(found.unanswered.is_some() && found.set_aside.is_none(), "{found:?}");
    }
    assert_eq!(disk.aside().len(), 1);
    disk.put_token("NEXT");
    assert!(recovered(&disk, "another token").unanswered.is_none());
}

#[test]
fn a_journal_of_another_token_is_set_aside_and_one_that_is_done_is_removed() {
    let disk = new_token_in_journal();
    disk.put_token("RESTORED");
    let after = recovered(&disk, "another token");
    assert_eq!((text(&after), after.set_aside.is_some()), ("RESTORED", true));
    assert_eq!(tokens_aside(&disk), ["NEW"]);
    assert!(!disk.is_there(Place::Journal));

    let disk = new_token_in_journal();
    disk.put_token("NEW");
    let after = recovered(&disk, "done already");
    assert_eq!((text(&after), after.set_aside.is_none(), after.adopted), ("NEW", true, false));
    assert!(!disk.is_there(Place::Journal));
}

#[test]
fn an_intent_without_an_answer_is_kept_until_the_token_has_been_answered() {
    let disk = Disk::with_token("OLD");
    Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared").leave();
    for _ in 0..2 {
        let found = recovered(&disk, "later");
        assert!(found.unanswered.is_some());
        let save = Save::prepare(disk.clone(), found).expect("prepared");
        assert!(save.earlier_run().is_some());
        save.withdraw();
    }
    let save = Save::prepare(disk.clone(), recovered(&disk, "last")).expect("prepared");
    save.discard();
    assert!(recovered(&disk, "answered").unanswered.is_none());
}

#[test]
fn a_shorter_token_leaves_nothing_of_a_longer_one() {
    let disk = Disk::with_token("LONGERTHANTHENEWONE");
    let save = Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared");
    assert!(matches!(save.keep(&token("NEW")), Saved::InFile));
    assert_eq!(text(&recovered(&disk, "after")), "NEW");
}

#[test]
fn a_missing_file_is_no_other_trouble() {
    let disk = Disk::with_token("OLD");
    disk.remove(Place::Token).expect("removed");
    assert!(matches!(recover(&disk), Err(Trouble::Missing)));
}
