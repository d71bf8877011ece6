//! How connections begin, what they are told, and how they end.
use crate::connect::{config, connect, must_fail, one, open, open_hearing, usable};
use doorman_drivers::{Done, FAILING, cancelling, concurrently, environment, must};
use std::time::Duration;
use tokio_postgres::{IsolationLevel, NoTls};

const SLEEP: &str = "select pg_sleep(30)";

pub async fn login() -> Done {
    let user: String = one(&connect().await?, "select current_user::text", &[]).await?;
    must("user", user, environment("PGUSER"))?;
    let mut wrong = config();
    wrong.password("wrong");
    must_fail("wrong password", "28P01", open(wrong).await)
}

pub async fn startup() -> Done {
    let client = connect().await?;
    for i in 0..4 {
        let sql = format!(
            "create schema if not exists s{i}; drop table if exists s{i}.place; create table s{i}.place as select 's{i}' as name"
        );
        client.batch_execute(&sql).await?;
    }
    concurrently(8, |i| async move {
        let mut config = config();
        config.application_name(format!("application {i}"));
        config.options(format!("-c search_path=s{} -c statement_timeout={}", i % 4, 20001 + i));
        let client = open(config).await?;
        for _ in 0..40 {
            let sql = "select name || '|' || current_setting('application_name') || '|' || current_setting('statement_timeout') from place";
            let got: String = one(&client, sql, &[]).await?;
            must("settings", got, format!("s{}|application {i}|{}ms", i % 4, 20001 + i))?;
        }
        Ok(())
    })
    .await
}

pub async fn cancel() -> Done {
    concurrently(3, |i| async move {
        let client = connect().await?;
        for n in 0..3 {
            if i > 0 {
                let answer: i32 = one(&client, "select $1::int4 from pg_sleep(0.1)", &[&(i * 10 + n)]).await?;
                must("a neighbour's answer", answer, i * 10 + n)?;
                continue;
            }
            let token = client.cancel_token();
            let cancel = || {
                let token = token.clone();
                async move { Ok(token.cancel_query(NoTls).await?) }
            };
            must_fail("cancelled", "57014", cancelling(cancel, client.batch_execute(SLEEP)).await?)?;
            usable(&client).await?;
        }
        Ok(())
    })
    .await
}

pub async fn timeout() -> Done {
    let client = connect().await?;
    client.batch_execute("begin; set local statement_timeout = 50").await?;
    must_fail("statement_timeout", "57014", client.batch_execute(SLEEP).await)?;
    client.batch_execute("rollback; select pg_sleep(0.1)").await?;
    // the caller's limit gives up the answer, not the statement: what follows is sent behind it
    let short = tokio::time::timeout(Duration::from_millis(50), client.query("select pg_sleep(1)", &[])).await;
    must("the caller's limit", short.is_err(), true)?;
    usable(&client).await?;
    let mut hasty = config();
    hasty.options("-c statement_timeout=500");
    let client = open(hasty).await?;
    for _ in 0..5 {
        must_fail("statement_timeout", "57014", client.query(SLEEP, &[]).await)?;
        client.batch_execute("select 1").await?;
    }
    Ok(())
}

pub async fn errors() -> Done {
    let client = connect().await?;
    let table = "drop table if exists keyed; create table keyed (id int4 primary key); insert into keyed values (1)";
    client.batch_execute(table).await?;
    for (sql, state) in FAILING {
        for _ in 0..3 {
            must_fail(sql, state, client.batch_execute(sql).await)?;
            must_fail(sql, state, client.query(sql, &[]).await)?;
        }
        usable(&client).await?;
        client.batch_execute("begin").await?;
        must_fail(sql, state, client.query(sql, &[]).await)?;
        must_fail("failed transaction", "25P02", client.query("select 1", &[]).await)?;
        client.batch_execute("rollback").await?;
    }
    usable(&client).await
}

pub async fn reconnect() -> Done {
    for n in 0..3 {
        let (client, other) = (connect().await?, connect().await?);
        client.batch_execute("begin").await?;
        let pid: i32 = one(&client, "select pg_backend_pid()", &[]).await?;
        must("ended", one(&other, "select pg_terminate_backend($1, 5000)", &[&pid]).await?, true)?;
        must("a terminated server answers", client.batch_execute("select 1").await.is_ok(), false)?;
        let answer: i32 = one(&connect().await?, "select $1::int4", &[&n]).await?;
        must("afterwards", answer, n)?;
    }
    Ok(())
}

pub async fn transactions() -> Done {
    let (mut client, other) = (connect().await?, connect().await?);
    client.batch_execute("drop table if exists kept; create table kept (id int4)").await?;
    let seen = async |rows: i64| {
        let found: i64 = one(&other, "select count(*) from kept", &[]).await?;
        must("seen by another", found, rows)
    };
    let mut transaction = client.build_transaction().isolation_level(IsolationLevel::Serializable).start().await?;
    transaction.execute("insert into kept values ($1)", &[&1]).await?;
    let inner = transaction.savepoint("inner_one").await?;
    inner.execute("insert into kept values ($1)", &[&2]).await?;
    must_fail("division", "22012", inner.query("select 1/0", &[]).await)?;
    inner.rollback().await?;
    transaction.execute("insert into kept values ($1)", &[&3]).await?;
    seen(0).await?;
    transaction.commit().await?;
    seen(2).await?;
    // one that is dropped is rolled back before the next statement
    let dropped = client.transaction().await?;
    dropped.execute("delete from kept", &[]).await?;
    drop(dropped);
    usable(&client).await?;
    seen(2).await?;
    let reading = client.build_transaction().read_only(true).start().await?;
    must_fail("read only", "25006", reading.execute("delete from kept", &[]).await)?;
    reading.rollback().await?;
    seen(2).await
}

pub async fn listen() -> Done {
    let (client, mut heard) = open_hearing(config()).await?;
    let other = connect().await?;
    client.batch_execute("listen rust_channel").await?;
    for n in 0..3 {
        other.query("select pg_notify('rust_channel', $1)", &[&format!("message {n}")]).await?;
        must("notification", heard.recv().await, Some(format!("rust_channel message {n}")))?;
    }
    Ok(client.batch_execute("unlisten *").await?)
}
