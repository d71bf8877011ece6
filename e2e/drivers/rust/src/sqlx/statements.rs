//! Statements prepared, in bursts, of many types, and rows by parts.
use crate::connect::{connect, count, execute, must_fail, open, options, usable};
use doorman_drivers::{DAWDLE, Done, SIZES, Servers, concurrently, must};
use futures_util::TryStreamExt;
use sqlx::types::{JsonValue, Uuid};
use sqlx::{AssertSqlSafe, Connection, Decode, Encode, PgConnection, Postgres, QueryBuilder, Row, Type};
use std::fmt::Debug;
use std::sync::Arc;

pub async fn prepared() -> Done {
    let servers = Arc::new(Servers::default());
    // a cache for all, one that is too small, and no cache
    for (kept, is_persistent) in [(100, true), (3, true), (100, false)] {
        concurrently(6, |connection| {
            let servers = servers.clone();
            async move {
                let mut c = open(options().statement_cache_capacity(kept)).await?;
                for i in 0..50 {
                    let question = connection * 1000 + i;
                    let sql = format!("select {0}, $1::int4 * 2, pg_backend_pid() /* {0} */{DAWDLE}", i % 7);
                    let (statement, answer, pid): (i32, i32, i32) = sqlx::query_as(AssertSqlSafe(sql))
                        .bind(question)
                        .persistent(is_persistent)
                        .fetch_one(&mut c)
                        .await?;
                    must("answer", (statement, answer), (i % 7, question * 2))?;
                    servers.add(format!("{kept} {is_persistent} {connection}"), pid);
                }
                Ok(())
            }
        })
        .await?;
    }
    servers.check()
}

/// Many rows in one statement with a value each, and many statements in one simple query.
pub async fn batch() -> Done {
    concurrently(4, |i| async move {
        let mut c = connect().await?;
        execute(&mut c, format!("drop table if exists batch{i}; create table batch{i} (id int4, word text)")).await?;
        for _ in 0..3 {
            many_rows(&mut c, i, 0..1000).await?;
        }
        let words = format!("select count(*) from batch{i} where word = 'word ' || id");
        must("rows", count(&mut c, &words).await?, 3000)?;
        let numbers: String = (0..100).map(|n| format!("select {};", i * 1000 + n)).collect();
        let rows = sqlx::raw_sql(AssertSqlSafe(numbers)).fetch_all(&mut c).await?;
        let got = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i32>, _>>()?;
        must("statements of one query", got, (i * 1000..i * 1000 + 100).collect())
    })
    .await
}

async fn many_rows(c: &mut PgConnection, i: i32, ids: impl Iterator<Item = i32>) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Postgres>::new(format!("insert into batch{i} (id, word) "));
    insert.push_values(ids, |mut row, id| {
        row.push_bind(id).push_bind(format!("word {id}"));
    });
    insert.build().execute(c).await.map(|_| ())
}

pub async fn batch_error() -> Done {
    concurrently(4, |connection| async move {
        let (mut c, i) = (connect().await?, connection + 10);
        let table = format!("drop table if exists batch{i}; create table batch{i} (id int4 primary key, word text)");
        execute(&mut c, table).await?;
        for _ in 0..10 {
            must_fail("a key twice", "23505", many_rows(&mut c, i, (0..300).chain([7])).await)?;
            usable(&mut c).await?;
            let many = format!("insert into batch{i} values (1); select 1/0; insert into batch{i} values (2)");
            must_fail("many in one query", "22012", execute(&mut c, many).await)?;
            must("rows", count(&mut c, &format!("select count(*) from batch{i}")).await?, 0)?;
        }
        Ok(())
    })
    .await
}

pub async fn large() -> Done {
    let mut c = connect().await?;
    for size in SIZES {
        let sent = "x".repeat(size - 1) + "!";
        let back: (String, Vec<u8>) =
            sqlx::query_as("select $1::text, $2::bytea").bind(&sent).bind(sent.as_bytes()).fetch_one(&mut c).await?;
        must(&format!("{size} bytes"), back.0 == sent && back.1 == sent.as_bytes(), true)?;
    }
    let sql = "select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i";
    let rows: Vec<(i32, String)> = sqlx::query_as(sql).fetch_all(&mut c).await?;
    must("rows", rows.len(), 100)?;
    for (n, (i, text)) in (1..).zip(rows) {
        let letter = char::from(97 + (n % 26) as u8).to_string();
        must("row", (i, text == letter.repeat(100000)), (n, true))?;
    }
    Ok(())
}

pub async fn types() -> Done {
    let mut c = connect().await?;
    for _ in 0..2 {
        there(&mut c, "bool", true).await?;
        there(&mut c, "int2", i16::MIN).await?;
        there(&mut c, "int4", i32::MAX).await?;
        there(&mut c, "int8", i64::MIN).await?;
        there(&mut c, "float4", 1.5f32).await?;
        there(&mut c, "float8", 3.141592653589793f64).await?;
        there(&mut c, "text", "a ' \" \\ \u{20ac} \u{1F600} \n".to_string()).await?;
        there(&mut c, "varchar(20)", "twenty".to_string()).await?;
        there(&mut c, "bytea", vec![0u8, 1, 255, b'\\']).await?;
        there(&mut c, "uuid", Uuid::from_u128(7)).await?;
        there(&mut c, "jsonb", "{\"a\": [1.5, \"x\", null]}".parse::<JsonValue>()?).await?;
        there(&mut c, "int4[]", vec![Some(1), None, Some(3)]).await?;
        there(&mut c, "text[]", vec!["a".to_string(), "b,c".to_string(), "\"d\"".to_string()]).await?;
        there::<Option<String>>(&mut c, "text", None).await?;
    }
    Ok(())
}

async fn there<T>(c: &mut PgConnection, kind: &str, value: T) -> Done
where
    T: for<'r> Decode<'r, Postgres> + for<'q> Encode<'q, Postgres> + Type<Postgres>,
    T: Clone + PartialEq + Debug + Send + Unpin + 'static,
{
    let sql = AssertSqlSafe(format!("select $1::{kind}"));
    let got: T = sqlx::query_scalar(sql).bind(value.clone()).fetch_one(c).await?;
    must(kind, got, value)
}

/// A stream of rows to its end and one left early, and a cursor of SQL.
pub async fn cursor() -> Done {
    concurrently(4, |i| async move {
        let mut c = connect().await?;
        let mut n = 0;
        let sql = "select $1::int4 + i from generate_series(1, 5000) i";
        let mut rows = sqlx::query_scalar::<_, i32>(sql).bind(i * 10000).fetch(&mut c);
        while let Some(number) = rows.try_next().await? {
            n += 1;
            must("row", number, i * 10000 + n)?;
        }
        drop(rows);
        must("rows", n, 5000)?;
        let mut many = sqlx::query("select i from generate_series(1, 100000) i").fetch(&mut c);
        for n in 1..=50 {
            let row = many.try_next().await?.ok_or("no row")?;
            must("row", row.try_get(0)?, n)?;
        }
        drop(many);
        usable(&mut c).await?;
        by_parts(&mut c).await
    })
    .await
}

async fn by_parts(c: &mut PgConnection) -> Done {
    let mut transaction = c.begin().await?;
    sqlx::query("declare numbers cursor for select i from generate_series(1, 1000) i").execute(&mut *transaction).await?;
    let mut all = Vec::new();
    loop {
        let part: Vec<i32> = sqlx::query_scalar("fetch 70 from numbers").fetch_all(&mut *transaction).await?;
        if part.is_empty() {
            break;
        }
        all.extend(part);
    }
    transaction.commit().await?;
    must("rows", all, (1..=1000).collect())
}
