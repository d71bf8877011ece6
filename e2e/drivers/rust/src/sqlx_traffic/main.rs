//! Traffic with the pool of sqlx as it comes: see "Traffic" in e2e/drivers/README.md.

use sqlx::postgres::{PgPool, PgPoolOptions};
use std::collections::HashSet;
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::time::sleep;

const THINK: Duration = Duration::from_millis(10);
const RETRY: Duration = Duration::from_millis(100);
const UPDATE: &str = "update traffic_account set balance = balance + 1 where driver = 'sqlx' and client = $1";
const INSERT: &str = "insert into traffic_ledger values ('sqlx', $1, $2)";

#[derive(Default)]
struct Tally {
    committed: AtomicI64,
    broken: AtomicI64,
    refused: AtomicI64,
    connects: AtomicI64,
    wait: AtomicI64,
    closing: AtomicBool,
    reasons: Mutex<HashSet<String>>,
}

impl Tally {
    fn print(&self) {
        println!(
            "tally committed={} broken={} refused={} connects={} wait={}",
            self.committed.load(SeqCst),
            self.broken.load(SeqCst),
            self.refused.load(SeqCst),
            self.connects.load(SeqCst),
            self.wait.swap(0, SeqCst)
        );
    }

    fn failed(&self, begun: bool, error: &sqlx::Error) {
        let (count, kind) = if begun { (&self.broken, "broken") } else { (&self.refused, "refused") };
        count.fetch_add(1, SeqCst);
        let reason = format!("{kind}: {error}");
        if self.reasons.lock().unwrap().insert(reason.clone()) {
            eprintln!("{reason}");
        }
    }
}

async fn transaction(pool: &PgPool, tally: &Tally, client: i32, number: i64, wanted: Instant, begun: &mut bool) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    *begun = true;
    tally.wait.fetch_max(wanted.elapsed().as_millis() as i64, SeqCst);
    sqlx::query(UPDATE).bind(client).execute(&mut *tx).await?;
    sleep(THINK).await;
    sqlx::query(INSERT).bind(client).bind(number).execute(&mut *tx).await?;
    tx.commit().await
}

async fn live(pool: PgPool, tally: Arc<Tally>, client: i32) {
    let mut wanted = Instant::now();
    let mut number = 0;
    while !tally.closing.load(SeqCst) {
        let mut begun = false;
        match transaction(&pool, &tally, client, number, wanted, &mut begun).await {
            Ok(()) => {
                tally.committed.fetch_add(1, SeqCst);
                sleep(THINK).await;
                wanted = Instant::now();
            }
            Err(error) => {
                tally.failed(begun, &error);
                sleep(RETRY).await;
            }
        }
        number += 1;
    }
}

#[tokio::main]
async fn main() -> sqlx::Result<()> {
    let clients: u32 = std::env::var("CLIENTS").ok().and_then(|text| text.parse().ok()).expect("CLIENTS");
    let tally = Arc::new(Tally::default());
    let counted = tally.clone();
    let pool = PgPoolOptions::new()
        .max_connections(clients)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(move |_, _| {
            counted.connects.fetch_add(1, SeqCst);
            Box::pin(async { Ok(()) })
        })
        .connect_with(sqlx::postgres::PgConnectOptions::new())
        .await?;
    let all: Vec<_> = (0..clients as i32).map(|client| tokio::spawn(live(pool.clone(), tally.clone(), client))).collect();
    let asked = tally.clone();
    tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lock().lines() {
            asked.print();
        }
    })
    .await
    .expect("the input can be read");
    tally.closing.store(true, SeqCst);
    for one in all {
        one.await.expect("a client ends");
    }
    tally.print();
    Ok(())
}
