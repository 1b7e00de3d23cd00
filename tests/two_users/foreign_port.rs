//! A port that a process of another user opens: with `docker run -p`, root's proxy listens, which no one
//! but root may look at. It counts if the program names it, and only once it listens.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::{OWNER, Scene};
use crate::support::disk::is_root;
use crate::support::tools::number_from_env;
use crate::support::until;
use crate::support::world::free_port;

#[test]
fn a_port_of_another_user_counts_when_it_listens_and_the_program_names_it() {
    if !is_root(
        "two_users::foreign_port::a_port_of_another_user_counts_when_it_listens_and_the_program_names_it",
    ) {
        return;
    }
    let scene = Scene::new();
    scene.sh(OWNER, "pp list").ok();
    let mut late = Vec::new();
    for number in 0..number_from_env("PERSISTPROC_TEST_STARTS", 33).div_ceil(11) {
        late.push(start_once(&scene, number));
    }
    println!("ready after listen: longest {:.0?}", late.iter().max().unwrap());
    scene.sh(OWNER, "pp shutdown").ok();
}

/// How long after the port was open the start was answered.
fn start_once(scene: &Scene, number: u64) -> Duration {
    let port = free_port();
    let told = scene.path("work").join(format!("told-{number}"));
    let script = format!(
        "echo 'published on http://localhost:{port}/'; touch {}; exec sleep 1000",
        told.display()
    );
    let start =
        format!("pp start --label web --wait-for ready --wait-timeout 20 sh -c \"{script}\"");
    let (answer, answered, listener, listens) = thread::scope(|scope| {
        let opened = scope.spawn(|| {
            until("the program to run", || told.exists().then_some(()).ok_or("it does not".into()));
            // Long enough for an answer that does not wait for the port.
            thread::sleep(Duration::from_millis(50 + 97 * number % 500));
            let listens = Instant::now();
            (TcpListener::bind(("127.0.0.1", port)).unwrap(), listens)
        });
        let answer = scene.sh(OWNER, &start).ok();
        let answered = Instant::now();
        let (listener, listens) = opened.join().unwrap();
        (answer, answered, listener, listens)
    });
    assert!(answer.out().contains(&format!("web is ready: http://localhost:{port}/")), "{answer}");
    assert!(answered >= listens, "ready before it listens: {answer}");
    scene.sh(OWNER, "pp stop web && pp forget web").ok();
    drop(listener);
    answered - listens
}
