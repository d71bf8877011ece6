//! COPY, as text and binary.
use crate::connect::{connect, must_fail, one, usable};
use doorman_drivers::{Done, must};
use futures_util::{SinkExt, TryStreamExt};
use std::io::Cursor;
use std::pin::pin;
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutStream};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Sends these pieces and ends the COPY.
async fn send(client: &Client, sql: &str, pieces: impl IntoIterator<Item = String>) -> Result<u64, Error> {
    let mut sink = pin!(client.copy_in(sql).await?);
    for piece in pieces {
        sink.feed(Cursor::new(piece.into_bytes())).await?;
    }
    sink.finish().await
}

pub async fn copy_in() -> Done {
    let client = connect().await?;
    client.batch_execute("drop table if exists copied; create table copied (id int4, word text)").await?;
    let lines = (0..20000).map(|i| format!("{i}\tword {i}\n"));
    must("rows", send(&client, "copy copied from stdin", lines).await?, 20000)?;
    let rows: i64 = one(&client, "select count(*) from copied where word = 'word ' || id", &[]).await?;
    must("rows", rows, 20000)
}

pub async fn copy_out() -> Done {
    let client = connect().await?;
    let stream = client.copy_out("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout").await?;
    let pieces: Vec<_> = stream.try_collect().await?;
    let text = String::from_utf8(pieces.concat())?;
    must("lines", text.lines().count(), 20000)?;
    for (i, line) in text.lines().enumerate() {
        must("line", line, format!("{i}\tword {i}").as_str())?;
    }
    usable(&client).await
}

pub async fn copy_binary() -> Done {
    let client = connect().await?;
    client.batch_execute("drop table if exists copied_binary; create table copied_binary (id int4, word text)").await?;
    let sink = client.copy_in("copy copied_binary from stdin (format binary)").await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::INT4, Type::TEXT]));
    for i in 0..5000 {
        writer.as_mut().write(&[&i, &format!("word {i}")]).await?;
    }
    must("rows", writer.finish().await?, 5000)?;
    let stream = client.copy_out("copy (select id, word from copied_binary order by id) to stdout (format binary)").await?;
    let rows: Vec<_> = BinaryCopyOutStream::new(stream, &[Type::INT4, Type::TEXT]).try_collect().await?;
    must("rows", rows.len(), 5000)?;
    for (i, row) in (0..).zip(&rows) {
        let fields: (i32, &str) = (row.try_get(0)?, row.try_get(1)?);
        must("row", fields, (i, format!("word {i}").as_str()))?;
    }
    Ok(())
}

pub async fn copy_error() -> Done {
    let client = connect().await?;
    client.batch_execute("drop table if exists refused; create table refused (id int4)").await?;
    let bad = ["1\n".repeat(3000), "no number\n".to_string()].into_iter().chain((0..200).map(|_| "2\n".repeat(1000)));
    must_fail("refused by the server", "22P02", send(&client, "copy refused from stdin", bad).await)?;
    usable(&client).await?;
    {
        // a sink that is dropped gives the COPY up
        let mut sink = pin!(client.copy_in("copy refused from stdin").await?);
        sink.send(Cursor::new(b"1\n2\n".to_vec())).await?;
    }
    usable(&client).await?;
    must_fail("out of nowhere", "42P01", client.copy_out("copy nowhere to stdout").await.map(|_| ()))?;
    must("rows", one(&client, "select count(*) from refused", &[]).await?, 0i64)
}
