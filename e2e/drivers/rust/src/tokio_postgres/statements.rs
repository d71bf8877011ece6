//! Statements prepared, in pipelines, of many types, and rows by parts.
use crate::connect::{connect, must_fail, one, usable};
use doorman_drivers::{DAWDLE, Done, SIZES, Servers, concurrently, must};
use futures_util::future::{join, join_all};
use std::collections::HashMap;
use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_postgres::types::{FromSqlOwned, ToSql, Type};
use tokio_postgres::{Client, Statement};

/// How a statement gets to the server.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Prepared once, and kept.
    Kept,
    /// Prepared, run and closed each time.
    Once,
    /// Unnamed, with the types of its values.
    Typed,
}

pub async fn prepared() -> Done {
    let servers = Arc::new(Servers::default());
    for way in [Way::Kept, Way::Once, Way::Typed] {
        concurrently(6, |connection| {
            let servers = servers.clone();
            async move {
                let client = connect().await?;
                let mut kept = HashMap::new();
                for i in 0..50 {
                    let question = connection * 1000 + i;
                    let sql = format!("select {0}, $1::int4 * 2, pg_backend_pid() /* {0} */{DAWDLE}", i % 7);
                    let row = match way {
                        Way::Kept => client.query_one(statement(&client, &mut kept, &sql).await?, &[&question]).await?,
                        Way::Once => client.query_one(&sql, &[&question]).await?,
                        Way::Typed => client.query_typed_one(&sql, &[(&question, Type::INT4)]).await?,
                    };
                    let answer: (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
                    must("answer", answer, (i % 7, question * 2))?;
                    servers.add(format!("{way:?} {connection}"), row.try_get(2)?);
                }
                Ok(())
            }
        })
        .await?;
    }
    servers.check()
}

async fn statement<'a>(client: &Client, kept: &'a mut HashMap<String, Statement>, sql: &str) -> Done<&'a Statement> {
    if !kept.contains_key(sql) {
        kept.insert(sql.to_string(), client.prepare(sql).await?);
    }
    Ok(&kept[sql])
}

/// All are on their way before the first is answered, each with its own Sync.
pub async fn batch() -> Done {
    concurrently(4, |i| async move {
        let client = connect().await?;
        let statements = join_all((0..5).map(|n| client.prepare(format!("select $1::int4 + {n}").leak()))).await;
        let statements: Vec<Statement> = statements.into_iter().collect::<Result<_, _>>()?;
        for _ in 0..5 {
            let (client, statements) = (&client, &statements);
            let answers = join_all((0..100).map(|n| async move {
                let (question, kind) = (i * 1000 + n, n % 5);
                let answer: i32 = client.query_one(&statements[kind as usize], &[&question]).await?.try_get(0)?;
                must("answer", answer, question + kind)
            }))
            .await;
            answers.into_iter().collect::<Done<()>>()?;
        }
        let many = client.simple_query("select 1; select 2; select 3").await?;
        let numbers = many.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        must("statements of one query", numbers.collect::<Vec<_>>(), vec!["1", "2", "3"])
    })
    .await
}

pub async fn batch_error() -> Done {
    concurrently(4, |i| async move {
        let client = connect().await?;
        let divide = client.prepare("select $1::int4 / $2::int4").await?;
        client.batch_execute(&format!("drop table if exists skipped{i}; create table skipped{i} (n int4)")).await?;
        for n in 1..10 {
            let many = format!("insert into skipped{i} values (1); select 1/0; insert into skipped{i} values (2)");
            let (before, (failing, (skipped, after))) = join(
                client.query_one(&divide, &[&n, &1]),
                join(
                    client.query_one(&divide, &[&n, &0]),
                    join(client.batch_execute(&many), client.query_one(&divide, &[&(n * 2), &2])),
                ),
            )
            .await;
            must("before", before?.try_get(0)?, n)?;
            must_fail("division", "22012", failing)?;
            must_fail("many in one query", "22012", skipped)?;
            must("after", after?.try_get(0)?, n)?;
            usable(&client).await?;
        }
        must("rows", one(&client, &format!("select count(*) from skipped{i}"), &[]).await?, 0i64)
    })
    .await
}

pub async fn large() -> Done {
    let client = connect().await?;
    for size in SIZES {
        let sent = "x".repeat(size - 1) + "!";
        let row = client.query_one("select $1::text, $2::bytea", &[&sent, &sent.as_bytes()]).await?;
        let back: (String, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        must(&format!("{size} bytes"), back.0 == sent && back.1 == sent.as_bytes(), true)?;
    }
    let rows = client.query("select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i", &[]).await?;
    must("rows", rows.len(), 100)?;
    for (n, row) in (1..).zip(&rows) {
        let letter = char::from(97 + (n % 26) as u8).to_string();
        must("number", row.try_get(0)?, n)?;
        must("text", row.try_get::<_, &str>(1)? == letter.repeat(100000), true)?;
    }
    Ok(())
}

pub async fn types() -> Done {
    let client = connect().await?;
    for _ in 0..2 {
        there(&client, "bool", true).await?;
        there(&client, "int2", i16::MIN).await?;
        there(&client, "int4", i32::MAX).await?;
        there(&client, "int8", i64::MIN).await?;
        there(&client, "float4", 1.5f32).await?;
        there(&client, "float8", 3.141592653589793f64).await?;
        there(&client, "text", "a ' \" \\ \u{20ac} \u{1F600} \n".to_string()).await?;
        there(&client, "varchar(20)", "twenty".to_string()).await?;
        there(&client, "bytea", vec![0u8, 1, 255, b'\\']).await?;
        there(&client, "timestamptz", SystemTime::UNIX_EPOCH + Duration::from_micros(1_795_523_696_789_000)).await?;
        there(&client, "inet", "10.1.2.3".parse::<IpAddr>()?).await?;
        there(&client, "int4[]", vec![Some(1), None, Some(3)]).await?;
        there(&client, "text[]", vec!["a".to_string(), "b,c".to_string(), "\"d\"".to_string()]).await?;
        there::<Option<String>>(&client, "text", None).await?;
    }
    Ok(())
}

async fn there<T: ToSql + FromSqlOwned + PartialEq + Debug + Sync>(client: &Client, kind: &str, value: T) -> Done {
    let got: T = one(client, &format!("select $1::{kind}"), &[&value]).await?;
    must(kind, got, value)
}

/// Two portals at once, and one that is left early.
pub async fn cursor() -> Done {
    concurrently(4, |i| async move {
        let mut client = connect().await?;
        let statement = client.prepare("select $1::int4 + i from generate_series(1, 1000) i").await?;
        let transaction = client.transaction().await?;
        let portal = transaction.bind(&statement, &[&(i * 10000)]).await?;
        let other = transaction.bind(&statement, &[&(-i * 10000)]).await?;
        let mut n = 0;
        loop {
            let rows = transaction.query_portal(&portal, 70).await?;
            let others = transaction.query_portal(&other, 70).await?;
            for (row, other) in rows.iter().zip(&others) {
                n += 1;
                must("rows", (row.try_get(0)?, other.try_get(0)?), (i * 10000 + n, n - i * 10000))?;
            }
            if rows.is_empty() {
                break;
            }
        }
        must("rows", n, 1000)?;
        let many = transaction.bind("select generate_series(1, 1000000)", &[]).await?;
        must("part", transaction.query_portal(&many, 10).await?.len(), 10)?;
        drop(many);
        transaction.commit().await?;
        usable(&client).await
    })
    .await
}
