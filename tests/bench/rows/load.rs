//! A machine in use: hundreds of processes, a thousand followers, a steady stream of requests. How
//! long an answer takes, and what grows meanwhile. `PERSISTPROC_LOAD_SECONDS` says for how long.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use persistproc_api::routes::STREAM_TYPE;

use crate::bench::Bench;
use crate::row::{Row, mb, ms};
use crate::stats::percentile;
use crate::world::World;
use crate::{Fallible, machine};

/// Requests in a second.
const RATE: u64 = 200;

/// Every so many of the processes prints a line ten times a second.
const CHATTY: usize = 25;

/// What may come and go: a thread that reads a log, a table that doubled.
const SLACK_MEMORY: f64 = 16e6;
const SLACK_FILES: usize = 16;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let (processes, followers) = bench.either((500, 1000), (50, 100));
    let seconds = match std::env::var("PERSISTPROC_LOAD_SECONDS") {
        Ok(seconds) => seconds.parse()?,
        Err(_) => bench.either(10, 3),
    };
    let world = World::new(bench, "1MiB")?;
    let ids = start(&world, processes)?;
    let following = Followers::new(&world, &ids, followers)?;
    ask(&world, &ids, Duration::from_secs(2))?;
    let before = Size::of(world.daemon())?;
    let began = Instant::now();
    let answers = ask(&world, &ids, Duration::from_secs(seconds))?;
    let took = began.elapsed().as_secs_f64();
    let after = Size::of(world.daemon())?;
    let bytes = following.end()?;
    let (median, p99) = (percentile(&answers, 0.5), percentile(&answers, 0.99));
    let worst = percentile(&answers, 1.0);
    let grown = after.memory - before.memory;
    let what =
        format!("{processes} processes, {followers} followers, {RATE} requests/s for {seconds} s");
    let row = Row::new(18, what).ours(format!(
        "{}, p99 {}, worst {}; {:.0}/s; {} MB read live; memory {} → {}, files {} → {}",
        ms(median),
        ms(p99),
        ms(worst),
        answers.len() as f64 / took,
        bytes / 1_000_000,
        mb(before.memory),
        mb(after.memory),
        before.files,
        after.files,
    ));
    let steady = grown <= SLACK_MEMORY && after.files <= before.files + SLACK_FILES;
    Ok(vec![row.goal("p99 ≤ 50 ms, nothing grows", p99 <= 0.050 && steady)])
}

/// Some talk, most are still.
fn start(world: &World, processes: usize) -> Fallible<Vec<String>> {
    let mut ids = Vec::new();
    for at in 0..processes {
        let label = format!("load-{at}");
        let started = if at % CHATTY == 0 {
            let talk = "n=0; while :; do n=$((n + 1)); echo line $n of many; sleep 0.1; done";
            world.start(&label, &["sh", "-c", talk])?
        } else {
            world.start(&label, &["sleep", "100000"])?
        };
        ids.push(started.process.id);
    }
    Ok(ids)
}

/// What a daemon takes up.
struct Size {
    memory: f64,
    files: usize,
}

impl Size {
    fn of(pid: u32) -> Fallible<Self> {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Self { memory: machine::resident(pid)?, files })
    }
}

/// Requests of all kinds, each at its time; the seconds that each took from that time on, so that
/// one that was kept waiting by another counts as slow.
fn ask(world: &World, ids: &[String], time: Duration) -> Fallible<Vec<f64>> {
    let mut wire = world.wire()?;
    let (began, mut answers) = (Instant::now(), Vec::new());
    for number in 0.. {
        let due = Duration::from_micros(number * 1_000_000 / RATE);
        if due >= time {
            break;
        }
        thread::sleep(due.saturating_sub(began.elapsed()));
        let id = &ids[number as usize * 7 % ids.len()];
        let path = match number % 50 {
            0 => "/v1/processes".to_owned(),
            1 => "/v1/processes?facts=true&label=load-0".to_owned(),
            n if n % 2 == 0 => format!("/v1/processes/{id}"),
            _ => format!("/v1/processes/{id}/output?lines=100"),
        };
        let answer = wire.get(&path)?;
        if answer.status != 200 {
            return Err(format!("{path}: {}", answer.status).into());
        }
        if number % 100 == 0 {
            // Some come anew, as commands do.
            wire = world.wire()?;
        }
        answers.push((began.elapsed() - due).as_secs_f64());
    }
    Ok(answers)
}

/// Connections that follow, read by a few threads.
struct Followers {
    over: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    readers: Vec<JoinHandle<std::io::Result<()>>>,
}

impl Followers {
    fn new(world: &World, ids: &[String], count: usize) -> Fallible<Self> {
        let (over, bytes) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let mut readers = Vec::new();
        for part in 0..4 {
            let mine = (part..count).step_by(4);
            // Half of them follow those that talk.
            let id = |at: usize| (if at.is_multiple_of(2) { at * CHATTY } else { at }) % ids.len();
            let streams = mine
                .map(|at| follow(&world.socket(), &ids[id(at)]))
                .collect::<Fallible<Vec<_>>>()?;
            let (over, bytes) = (Arc::clone(&over), Arc::clone(&bytes));
            readers.push(thread::spawn(move || drain(&streams, &over, &bytes)));
        }
        Ok(Self { over, bytes, readers })
    }

    fn end(self) -> Fallible<u64> {
        self.over.store(true, Ordering::Relaxed);
        for reader in self.readers {
            reader.join().map_err(|_| "a reader failed")??;
        }
        Ok(self.bytes.load(Ordering::Relaxed))
    }
}

fn follow(socket: &Path, id: &str) -> Fallible<UnixStream> {
    use std::io::Write;
    let mut stream = UnixStream::connect(socket)?;
    write!(
        stream,
        "GET /v1/processes/{id}/follow HTTP/1.1\r\nhost: localhost\r\naccept: {STREAM_TYPE}\r\n\r\n"
    )?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

fn drain(streams: &[UnixStream], over: &AtomicBool, bytes: &AtomicU64) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    while !over.load(Ordering::Relaxed) {
        for mut stream in streams {
            match stream.read(&mut buffer) {
                Ok(0) => return Err(std::io::Error::other("a follower was sent away")),
                Ok(count) => drop(bytes.fetch_add(count as u64, Ordering::Relaxed)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
