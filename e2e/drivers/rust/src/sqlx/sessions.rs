//! How connections begin, what they are told, and how they end.
use crate::connect::{connect, count, execute, must_fail, open, options, pool, usable};
use doorman_drivers::{Done, FAILING, concurrently, environment, must};
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Connection};
use std::time::Duration;

const SLEEP: &str = "select pg_sleep(30)";

pub async fn login() -> Done {
    let user: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut connect().await?).await?;
    must("user", user, environment("PGUSER"))?;
    must_fail("wrong password", "28P01", open(options().password("wrong")).await)
}

pub async fn startup() -> Done {
    let mut c = connect().await?;
    for i in 0..4 {
        let sql = format!(
            "create schema if not exists s{i}; drop table if exists s{i}.place; create table s{i}.place as select 's{i}' as name"
        );
        execute(&mut c, sql).await?;
    }
    concurrently(8, |i| async move {
        let settings = [("search_path", format!("s{}", i % 4)), ("statement_timeout", (20001 + i).to_string())];
        let mut c = open(options().application_name(&format!("application {i}")).options(settings)).await?;
        for _ in 0..40 {
            let sql = "select name, current_setting('application_name'), current_setting('statement_timeout') from place";
            let got: (String, String, String) = sqlx::query_as(sql).fetch_one(&mut c).await?;
            must("settings", got, (format!("s{}", i % 4), format!("application {i}"), format!("{}ms", 20001 + i)))?;
        }
        Ok(())
    })
    .await
}

pub async fn timeout() -> Done {
    let mut c = connect().await?;
    execute(&mut c, "begin; set local statement_timeout = 50").await?;
    must_fail("statement_timeout", "57014", sqlx::query(SLEEP).execute(&mut c).await)?;
    execute(&mut c, "rollback; select pg_sleep(0.1)").await?;
    // the caller's limit gives up the answer, not the statement: what follows is sent behind it
    let short = tokio::time::timeout(Duration::from_millis(50), sqlx::query("select pg_sleep(1)").execute(&mut c)).await;
    must("the caller's limit", short.is_err(), true)?;
    usable(&mut c).await?;
    let mut hasty = open(options().options([("statement_timeout", "500")])).await?;
    for _ in 0..5 {
        must_fail("statement_timeout", "57014", sqlx::query(SLEEP).execute(&mut hasty).await)?;
        execute(&mut hasty, "select 1").await?;
    }
    Ok(())
}

pub async fn errors() -> Done {
    let mut c = connect().await?;
    execute(&mut c, "drop table if exists keyed; create table keyed (id int4 primary key); insert into keyed values (1)").await?;
    for (sql, state) in FAILING {
        for _ in 0..3 {
            must_fail(sql, state, execute(&mut c, sql).await)?;
            must_fail(sql, state, sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await)?;
        }
        usable(&mut c).await?;
        execute(&mut c, "begin").await?;
        must_fail(sql, state, sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await)?;
        must_fail("failed transaction", "25P02", sqlx::query("select 1").execute(&mut c).await)?;
        execute(&mut c, "rollback").await?;
    }
    usable(&mut c).await
}

pub async fn reconnect() -> Done {
    let pool = pool().await?;
    for n in 0..3 {
        let mut transaction = pool.begin().await?;
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *transaction).await?;
        let ended: bool = sqlx::query_scalar("select pg_terminate_backend($1, 5000)").bind(pid).fetch_one(&pool).await?;
        must("ended", ended, true)?;
        let after = sqlx::query("select 1").execute(&mut *transaction).await;
        must("a terminated server answers", after.is_ok(), false)?;
        drop(transaction);
        let answer: i32 = sqlx::query_scalar("select $1::int4").bind(n).fetch_one(&pool).await?;
        must("afterwards", answer, n)?;
    }
    pool.close().await;
    Ok(())
}

pub async fn transactions() -> Done {
    let (mut c, mut other) = (connect().await?, connect().await?);
    let seen = "select count(*) from kept";
    execute(&mut c, "drop table if exists kept; create table kept (id int4)").await?;
    let insert = "insert into kept values ($1)";
    let mut transaction = c.begin_with("begin isolation level serializable").await?;
    sqlx::query(insert).bind(1).execute(&mut *transaction).await?;
    let mut inner = transaction.begin().await?;
    sqlx::query(insert).bind(2).execute(&mut *inner).await?;
    must_fail("division", "22012", sqlx::query("select 1/0").execute(&mut *inner).await)?;
    inner.rollback().await?;
    sqlx::query(insert).bind(3).execute(&mut *transaction).await?;
    must("seen by another", count(&mut other, seen).await?, 0)?;
    transaction.commit().await?;
    must("seen by another", count(&mut other, seen).await?, 2)?;
    // one that is dropped is rolled back before the next statement
    let mut dropped = c.begin().await?;
    sqlx::query("delete from kept").execute(&mut *dropped).await?;
    drop(dropped);
    usable(&mut c).await?;
    must("seen by another", count(&mut other, seen).await?, 2)
}

pub async fn listen() -> Done {
    let pool = pool().await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("sqlx_channel").await?;
    for n in 0..3 {
        sqlx::query("select pg_notify('sqlx_channel', $1)").bind(format!("message {n}")).execute(&pool).await?;
        let heard = listener.recv().await?;
        must("notification", (heard.channel(), heard.payload()), ("sqlx_channel", format!("message {n}").as_str()))?;
    }
    listener.unlisten_all().await?;
    Ok(())
}
