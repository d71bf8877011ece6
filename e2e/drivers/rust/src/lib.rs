//! Runs the scenarios of a driver and prints a line for each.
use std::collections::{HashMap, HashSet};
use std::env;
use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::process;
use std::sync::Mutex;
use std::time::Duration;

pub type Failure = Box<dyn Error + Send + Sync>;
pub type Done<T = ()> = Result<T, Failure>;

/// Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
pub const DAWDLE: &str = " from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)";

/// What fails, by its SQLSTATE; the table keyed has a row 1.
pub const FAILING: [(&str, &str); 7] = [
    ("selec 1", "42601"),
    ("select * from nowhere", "42P01"),
    ("insert into keyed values (1)", "23505"),
    ("select 'x'::int4", "22P02"),
    ("do $$ begin raise 'own'; end $$", "P0001"),
    ("select nothing_like_this(1)", "42883"),
    ("select 1/(i - 500) from generate_series(1, 1000) i", "22012"),
];

/// Of the values that the scenario large sends and wants back.
pub const SIZES: [usize; 6] = [1, 8191, 8192, 65536, 1 << 20, 8 << 20];

const LIMIT: Duration = Duration::from_secs(60);

pub fn environment(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        eprintln!("{name} is not set");
        process::exit(64)
    })
}

pub fn port() -> u16 {
    environment("PGPORT").parse().expect("PGPORT is a number")
}

/// Says which version the program was built with.
pub fn version(package: &str) {
    let head = format!("name = \"{package}\"\nversion = \"");
    let number = include_str!("../Cargo.lock").split(&head).nth(1).and_then(|rest| rest.split('"').next());
    println!("version {package} {} (Rust)", number.expect("the package is locked"));
}

/// Runs one; a scenario that hangs ends the program.
pub async fn run(name: &str, scenario: impl Future<Output = Done> + Send + 'static) {
    match tokio::time::timeout(LIMIT, tokio::spawn(scenario)).await {
        Ok(Ok(Ok(()))) => println!("ok {name}"),
        Ok(Ok(Err(failure))) => println!("not ok {name} - {}", line(&failure.to_string())),
        Ok(Err(panic)) => println!("not ok {name} - {}", line(&panic.to_string())),
        Err(_) => {
            println!("not ok {name} - no end after {} s", LIMIT.as_secs());
            process::exit(1)
        }
    }
}

fn line(text: &str) -> String {
    text.replace('\n', " ")
}

/// Demands that what came is what was asked for.
pub fn must<T: PartialEq + Debug>(what: &str, got: T, want: T) -> Done {
    if got == want {
        return Ok(());
    }
    Err(format!("{what}: got {:.200}, want {:.200}", format!("{got:?}"), format!("{want:?}")).into())
}

/// Runs n at once, waits for all of them, and answers the first failure.
pub async fn concurrently<F>(n: i32, work: impl Fn(i32) -> F) -> Done
where
    F: Future<Output = Done> + Send + 'static,
{
    let running: Vec<_> = (0..n).map(|i| tokio::spawn(work(i))).collect();
    let mut all = Ok(());
    for one in running {
        all = all.and(one.await?);
    }
    all
}

/// Waits for `work` and cancels it, again and again, as the first one may come before the statement.
pub async fn cancelling<T, F>(cancel: impl Fn() -> F, work: impl Future<Output = T>) -> Done<T>
where
    F: Future<Output = Done>,
{
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(Duration::from_millis(100), &mut work).await {
            Ok(ended) => return Ok(ended),
            Err(_) => cancel().await?,
        }
    }
}

/// Counts the server processes that each connection met.
#[derive(Default)]
pub struct Servers(Mutex<HashMap<String, HashSet<i32>>>);

impl Servers {
    pub fn add(&self, connection: String, pid: i32) {
        self.0.lock().expect("no panic").entry(connection).or_default().insert(pid);
    }

    /// Demands more than one server per connection behind a pooler, and exactly one without.
    pub fn check(&self) -> Done {
        let most = self.0.lock().expect("no panic").values().map(HashSet::len).max().unwrap_or(0);
        match environment("POOLED").as_str() {
            "1" if most < 2 => Err("no connection met a second server, so nothing was shown".into()),
            "0" if most != 1 => Err(format!("a connection met {most} servers without a pooler").into()),
            _ => Ok(()),
        }
    }
}
