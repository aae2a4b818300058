use std::io;
use std::sync::{mpsc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use crate::{fail, system_calls};

/// One end of a connection at work, in a thread of its own.
pub trait Party: Send {
    /// Before the start line.
    fn warm_up(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// After it.
    fn run(&mut self) -> io::Result<()>;
}

/// A party, and the processor that its thread is pinned to.
pub type PinnedParty = (Option<usize>, Box<dyn Party>);

/// Real time, and the processor time of the process.
struct Clocks {
    real: Instant,
    processor: Duration,
}

impl Clocks {
    fn now() -> Self {
        Self { real: Instant::now(), processor: system_calls::processor_time() }
    }
}

fn prepare(processor: Option<usize>, party: &mut dyn Party) -> io::Result<()> {
    if let Some(processor) = processor {
        system_calls::pin_to(processor)?;
    }
    party.warm_up()
}

/// Lets all parties warm up, wait at the start line and run, and answers how long the last step
/// took from the first party's start to the last one's end. An error ends the program, since an
/// accept() whose client has failed would wait for ever.
pub fn measure(mut parties: Vec<PinnedParty>) -> String {
    let ready = Barrier::new(parties.len() + 1);
    let start = Barrier::new(parties.len() + 1);
    let (finish, finished) = mpsc::channel();
    thread::scope(|scope| {
        let count = parties.len();
        for (processor, party) in &mut parties {
            let (ready, start, finish) = (&ready, &start, finish.clone());
            scope.spawn(move || {
                let prepared = prepare(*processor, party.as_mut());
                // Also a party that has failed goes on to the line: the others wait for it.
                ready.wait();
                start.wait();
                finish.send(prepared.and_then(|()| party.run())).expect("measure() receives all");
            });
        }
        ready.wait();
        let begin = Clocks::now();
        start.wait();
        if let Some(error) = finished.iter().take(count).find_map(io::Result::err) {
            fail(&error.to_string());
        }
        let end = Clocks::now();
        format!(
            "seconds={:.9} cpu={:.9}",
            (end.real - begin.real).as_secs_f64(),
            (end.processor - begin.processor).as_secs_f64()
        )
    })
}
