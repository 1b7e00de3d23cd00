//! Hundreds of processes, a thousand followers and a steady rate of requests: response times, and the
//! growth of the daemon's memory and files. `PERSISTPROC_LOAD_SECONDS` sets the duration.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use persistproc_api::routes::STREAM_TYPE;

use crate::bench::Bench;
use crate::daemon::Daemon;
use crate::row::{Row, mb, ms};
use crate::stats::percentile;
use crate::{Fallible, machine};

/// Requests per second.
const RATE: u64 = 200;

/// One in this many processes prints ten lines per second; the others are silent.
const PRINTING_INTERVAL: usize = 25;

/// Growth that is allowed: threads that read a log come and go, and tables double.
const MEMORY_TOLERANCE: f64 = 16e6;
const FILES_TOLERANCE: usize = 16;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let (processes, followers) = bench.either((500, 1000), (50, 100));
    let seconds = match std::env::var("PERSISTPROC_LOAD_SECONDS") {
        Ok(seconds) => seconds.parse()?,
        Err(_) => bench.either(10, 3),
    };
    let daemon = Daemon::start(bench, "1MiB")?;
    let ids = start_processes(&daemon, processes)?;
    let followers_running = Followers::new(&daemon, &ids, followers)?;
    send_requests(&daemon, &ids, Duration::from_secs(2))?;
    let before = Footprint::of(daemon.pid())?;
    let began = Instant::now();
    let seconds_taken = send_requests(&daemon, &ids, Duration::from_secs(seconds))?;
    let took = began.elapsed().as_secs_f64();
    let after = Footprint::of(daemon.pid())?;
    let bytes = followers_running.stop()?;
    let median = percentile(&seconds_taken, 0.5);
    let p99 = percentile(&seconds_taken, 0.99);
    let max = percentile(&seconds_taken, 1.0);
    let grown = after.memory - before.memory;
    let what =
        format!("{processes} processes, {followers} followers, {RATE} requests/s for {seconds} s");
    let row = Row::new(18, what).ours(format!(
        "{}, p99 {}, max {}; {:.0}/s; {} MB followed; memory {} → {}, files {} → {}",
        ms(median),
        ms(p99),
        ms(max),
        seconds_taken.len() as f64 / took,
        bytes / 1_000_000,
        mb(before.memory),
        mb(after.memory),
        before.files,
        after.files,
    ));
    let is_steady = grown <= MEMORY_TOLERANCE && after.files <= before.files + FILES_TOLERANCE;
    Ok(vec![row.goal("p99 ≤ 50 ms, no growth", p99 <= 0.050 && is_steady)])
}

/// Starts processes, a few of which print.
fn start_processes(daemon: &Daemon, processes: usize) -> Fallible<Vec<String>> {
    let mut ids = Vec::new();
    for at in 0..processes {
        let label = format!("load-{at}");
        let started = if at % PRINTING_INTERVAL == 0 {
            let script = "n=0; while :; do n=$((n + 1)); echo line $n of many; sleep 0.1; done";
            daemon.start_process(&label, &["sh", "-c", script])?
        } else {
            daemon.start_process(&label, &["sleep", "100000"])?
        };
        ids.push(started.process.id);
    }
    Ok(ids)
}

/// Memory and open files of a daemon.
struct Footprint {
    memory: f64,
    files: usize,
}

impl Footprint {
    fn of(pid: u32) -> Fallible<Self> {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Self { memory: machine::resident(pid)?, files })
    }
}

/// Sends requests of several kinds at a fixed rate, and returns how long each took. The time counts
/// from when the request was due, so a request that was delayed by the previous one counts as slow.
fn send_requests(daemon: &Daemon, ids: &[String], duration: Duration) -> Fallible<Vec<f64>> {
    let mut connection = daemon.connect()?;
    let began = Instant::now();
    let mut seconds_taken = Vec::new();
    for number in 0.. {
        let due = Duration::from_micros(number * 1_000_000 / RATE);
        if due >= duration {
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
        let response = connection.get(&path)?;
        if response.status != 200 {
            return Err(format!("{path}: {}", response.status).into());
        }
        if number % 100 == 0 {
            // Like a new command, open a new connection.
            connection = daemon.connect()?;
        }
        seconds_taken.push((began.elapsed() - due).as_secs_f64());
    }
    Ok(seconds_taken)
}

/// Following connections, read by four threads.
struct Followers {
    stop: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    readers: Vec<JoinHandle<std::io::Result<()>>>,
}

impl Followers {
    fn new(daemon: &Daemon, ids: &[String], count: usize) -> Fallible<Self> {
        let stop = Arc::<AtomicBool>::default();
        let bytes = Arc::<AtomicU64>::default();
        let mut readers = Vec::new();
        for part in 0..4 {
            let connections = (part..count).step_by(4);
            // Half of them follow processes that print.
            let id = |at: usize| {
                (if at.is_multiple_of(2) { at * PRINTING_INTERVAL } else { at }) % ids.len()
            };
            let streams = connections
                .map(|at| follow(&daemon.socket(), &ids[id(at)]))
                .collect::<Fallible<Vec<_>>>()?;
            let stop = Arc::clone(&stop);
            let bytes = Arc::clone(&bytes);
            readers.push(thread::spawn(move || drain(&streams, &stop, &bytes)));
        }
        Ok(Self { stop, bytes, readers })
    }

    /// Stops reading; returns how many bytes were read.
    fn stop(self) -> Fallible<u64> {
        self.stop.store(true, Ordering::Relaxed);
        for reader in self.readers {
            reader.join().map_err(|_| "a reader panicked")??;
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

fn drain(streams: &[UnixStream], stop: &AtomicBool, bytes: &AtomicU64) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    while !stop.load(Ordering::Relaxed) {
        for mut stream in streams {
            match stream.read(&mut buffer) {
                Ok(0) => {
                    return Err(std::io::Error::other("the daemon closed a follower's connection"));
                }
                Ok(count) => drop(bytes.fetch_add(count as u64, Ordering::Relaxed)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
