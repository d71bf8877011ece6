//! COPY: sqlx sends and receives bytes of any format.
use crate::connect::{connect, count, execute, must_fail, usable};
use doorman_drivers::{Done, must};
use futures_util::TryStreamExt;
use sqlx::{Error, PgConnection};

async fn read(c: &mut PgConnection, sql: &str) -> Result<Vec<u8>, Error> {
    let pieces: Vec<_> = c.copy_out_raw(sql).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Sends these pieces and ends the COPY.
async fn send(c: &mut PgConnection, sql: &str, pieces: impl IntoIterator<Item = Vec<u8>>) -> Result<u64, Error> {
    let mut copy = c.copy_in_raw(sql).await?;
    for piece in pieces {
        copy.send(piece).await?;
    }
    copy.finish().await
}

pub async fn copy_in() -> Done {
    let mut c = connect().await?;
    execute(&mut c, "drop table if exists copied; create table copied (id int4, word text)").await?;
    let lines = (0..20000).map(|i| format!("{i}\tword {i}\n").into_bytes());
    must("rows", send(&mut c, "copy copied from stdin", lines).await?, 20000)?;
    must("rows", count(&mut c, "select count(*) from copied where word = 'word ' || id").await?, 20000)
}

pub async fn copy_out() -> Done {
    let mut c = connect().await?;
    let text = read(&mut c, "copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout").await?;
    let text = String::from_utf8(text)?;
    must("lines", text.lines().count(), 20000)?;
    for (i, line) in text.lines().enumerate() {
        must("line", line, format!("{i}\tword {i}").as_str())?;
    }
    usable(&mut c).await
}

pub async fn copy_binary() -> Done {
    let mut c = connect().await?;
    execute(&mut c, "drop table if exists copied_binary; create table copied_binary (id int4, word text)").await?;
    let sql = "copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format binary)";
    let bytes = read(&mut c, sql).await?;
    let pieces = bytes.chunks(999).map(<[u8]>::to_vec);
    must("rows", send(&mut c, "copy copied_binary from stdin (format binary)", pieces).await?, 5000)?;
    must("rows", count(&mut c, "select count(*) from copied_binary where word = 'word ' || id").await?, 5000)
}

pub async fn copy_error() -> Done {
    let mut c = connect().await?;
    execute(&mut c, "drop table if exists refused; create table refused (id int4)").await?;
    let bad = ["1\n".repeat(3000), "no number\n".to_string(), "2\n".repeat(50000)].map(String::into_bytes);
    must_fail("refused by the server", "22P02", send(&mut c, "copy refused from stdin", bad).await)?;
    // sqlx 0.9 leaves the end of a refused COPY unread, without a pooler too: the connection is lost to it
    drop(c);
    let mut c = connect().await?;
    let mut given_up = c.copy_in_raw("copy refused from stdin").await?;
    given_up.send(b"1\n2\n".as_slice()).await?;
    given_up.abort("the source broke").await?;
    usable(&mut c).await?;
    must("rows", count(&mut c, "select count(*) from refused").await?, 0)?;
    must_fail("out of nowhere", "42P01", read(&mut c, "copy nowhere to stdout").await)
}
